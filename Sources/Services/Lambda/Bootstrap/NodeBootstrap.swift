/// The runtime client of Node functions: asks the Runtime API for work, calls the handler, answers.
///
/// Lines go to standard output as `time⇥request id⇥level⇥text`, with a carriage return for each
/// newline inside one message, so that a message stays one log event. All output of an invocation
/// is written before it is answered.
enum NodeBootstrap {
  static let fileName = "node.cjs"

  static let source = clock + loading + logging + streaming + running

  private static let loading = #"""
    const taskRoot = process.env.LAMBDA_TASK_ROOT;
    const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
    class LoadError extends Error {
      constructor(type, message, stack) {
        super(message);
        this.name = type;
        if (stack) this.stack = stack;
      }
    }

    // One connection, whose answers come in order and all tell their length. The module `http` does
    // more, and costs a new process some milliseconds.
    let connection;
    // Those who wait for an answer, in the order of their requests.
    const waiting = [];
    let pieces = [];
    let received = 0;
    // Bytes until which it is of no use to look at the pieces.
    let wanted = 0;

    function connect() {
      connection = net.connect({ host, port, noDelay: true });
      connection.on('data', (piece) => {
        pieces.push(piece);
        received += piece.length;
        while (received > 0 && received >= wanted) {
          const answer = takeAnswer();
          if (!answer) return;
          settle('resolve', answer);
        }
      });
      const fail = (error) => { while (waiting.length > 0) settle('reject', error); };
      connection.on('error', fail);
      connection.on('close', () => fail(new Error('the Runtime API is gone')));
    }

    function settle(how, value) {
      const taken = waiting.shift();
      // An idle connection does not keep the process from having nothing to do.
      if (waiting.length === 0) connection.unref();
      if (taken) taken[how](value);
    }

    function takeAnswer() {
      const bytes = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
      pieces = [bytes];
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return undefined;
      const lines = bytes.toString('latin1', 0, end).split('\r\n');
      const headers = {};
      for (const line of lines.slice(1)) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      wanted = end + 4 + Number(headers['content-length']);
      if (bytes.length < wanted) return undefined;
      const body = bytes.subarray(end + 4, wanted);
      pieces = bytes.length > wanted ? [bytes.subarray(wanted)] : [];
      received = bytes.length - wanted;
      wanted = 0;
      return { status: Number(lines[0].split(' ')[1]), headers, body };
    }

    function call(method, route, body) {
      if (!connection) connect();
      connection.ref();
      let head = `${method} /2018-06-01/runtime/${route} HTTP/1.1\r\nHost: ${host}:${port}\r\n`;
      if (body !== undefined) {
        head += `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
      }
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        connection.cork();
        connection.write(`${head}\r\n`);
        if (body !== undefined) connection.write(body);
        connection.uncork();
      });
    }

    // Answers one invocation and asks for the next one at once: nobody wakes for the answer to the
    // result alone.
    async function exchange(route, body) {
      connection.cork();
      const answers = [call('POST', route, body), call('GET', 'invocation/next')];
      connection.uncork();
      return (await Promise.all(answers))[1];
    }

    function describe(error) {
      if (util.types.isNativeError(error) || (error && error.stack && error.message !== undefined)) {
        const stack = typeof error.stack === 'string' ? error.stack.split('\n') : [];
        return { errorType: String(error.name), errorMessage: String(error.message), trace: stack };
      }
      const text = typeof error === 'object' ? util.inspect(error) : String(error);
      return { errorType: typeof error, errorMessage: text, trace: [] };
    }

    function packageIsModule(folder) {
      for (let at = folder; ; at = path.dirname(at)) {
        const file = path.join(at, 'package.json');
        if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
        if (at === taskRoot || at === path.dirname(at)) return false;
      }
    }

    async function loadModule(name) {
      const base = path.resolve(taskRoot, name);
      try {
        if (fs.existsSync(`${base}.js`)) {
          if (packageIsModule(path.dirname(base))) return await import(pathToFileURL(`${base}.js`));
          return require(`${base}.js`);
        }
        if (fs.existsSync(`${base}.mjs`)) return await import(pathToFileURL(`${base}.mjs`));
        if (fs.existsSync(`${base}.cjs`)) return require(`${base}.cjs`);
        return require(base);
      } catch (error) {
        if (error instanceof SyntaxError) {
          throw new LoadError(
            'Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, error.stack);
        }
        if (error && ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error.code)) {
          const message = error.message.split(base).join(name);
          throw new LoadError('Runtime.ImportModuleError', `Error: ${message}`, error.stack);
        }
        throw error;
      }
    }

    async function loadHandler(text) {
      const match = /^(.*?)([^/.][^/]*?)\.(.+)$/.exec(text || '');
      if (!match || text.includes('..')) {
        throw new LoadError('Runtime.MalformedHandlerName', 'Bad handler');
      }
      const [, folder, file, name] = match;
      const loaded = await loadModule(folder + file);
      const find = (root) => name.split('.').reduce((at, key) => at && at[key], root);
      const handler = find(loaded) || find(loaded && loaded.default);
      if (handler === undefined) {
        throw new LoadError('Runtime.HandlerNotFound', `${text} is undefined or not exported`);
      }
      if (typeof handler !== 'function') {
        throw new LoadError('Runtime.HandlerNotFound', `${text} is not a function`);
      }
      return handler;
    }

    """#

  private static let logging = #"""
    let currentRequest;

    function writeOut(text) {
      let rest = Buffer.from(text);
      while (rest.length > 0) {
        try {
          rest = rest.subarray(fs.writeSync(1, rest));
        } catch (error) {
          if (error.code !== 'EAGAIN') throw error;
          // The pipe is full: wait a millisecond for its reader.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
        }
      }
    }

    function log(level, text) {
      const id = currentRequest || 'undefined';
      const line = `${timeText()}\t${id}\t${level}\t${text}`;
      writeOut(line.replace(/\r?\n/g, '\r') + '\n');
    }

    const levels = {
      trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR',
    };
    const ranks = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
    const leastRank = ranks.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL || 'TRACE');
    const logsJSON = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';

    function errorFields(error) {
      const { errorType, errorMessage, trace } = describe(error);
      return { errorType, errorMessage, stackTrace: trace };
    }

    function logDocument(level, values) {
      const fields = { timestamp: timeText(), level, requestId: currentRequest };
      const plain = (key, value) => (value instanceof Error ? errorFields(value) : value);
      let text;
      if (values.length === 1) {
        try {
          text = JSON.stringify({ ...fields, message: values[0] }, plain);
        } catch {
          // A circle, or a number beyond JSON: as text.
        }
      }
      if (text === undefined) {
        const error = values.length > 1 && values.find((value) => value instanceof Error);
        text = JSON.stringify({
          ...fields, message: util.format(...values), ...(error ? errorFields(error) : {}),
        });
      }
      writeOut(text + '\n');
    }

    for (const [method, level] of Object.entries(levels)) {
      const isKept = ranks.indexOf(level) >= leastRank;
      console[method] = logsJSON
        ? (...values) => { if (isKept) logDocument(level, values); }
        : (...values) => log(level, util.format(...values));
    }

    function logError(title, error) {
      if (logsJSON) return logDocument('ERROR', [errorFields(error)]);
      const { errorType, errorMessage, trace } = describe(error);
      const fields = { errorType, errorMessage, stack: trace };
      if (error && error.code !== undefined) fields.code = error.code;
      log('ERROR', `${title} \t${JSON.stringify(fields)}`);
    }

    """#

  private static let running = #"""
    let whenIdle;
    process.on('beforeExit', () => {
      const resume = whenIdle;
      whenIdle = undefined;
      if (resume) setImmediate(resume);
    });

    async function fail(title, error, code) {
      logError(title, error);
      try {
        if (currentStream && currentStream.request) {
          currentStream.breakOff(error);
          await currentStream.accepted;
        } else if (currentRequest) {
          const body = Buffer.from(JSON.stringify(describe(error)));
          await call('POST', `invocation/${currentRequest}/error`, body);
        }
      } finally {
        process.exit(code);
      }
    }
    process.on('uncaughtException', (error) => fail('Uncaught Exception', error, 129));
    process.on('unhandledRejection', (reason) => {
      const error = new Error(reason instanceof Error ? reason.toString() : util.inspect(reason));
      error.name = 'Runtime.UnhandledPromiseRejection';
      error.reason = reason;
      fail('Unhandled Promise Rejection', error, 128);
    });

    function makeContext(headers, settle) {
      const deadline = Number(headers['lambda-runtime-deadline-ms']);
      const client = headers['lambda-runtime-client-context'];
      const identity = headers['lambda-runtime-cognito-identity'];
      return {
        callbackWaitsForEmptyEventLoop: true,
        functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
        functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
        memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
        logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
        logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
        clientContext: client ? JSON.parse(client) : undefined,
        identity: identity ? JSON.parse(identity) : undefined,
        invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
        awsRequestId: headers['lambda-runtime-aws-request-id'],
        getRemainingTimeInMillis: () => Math.max(0, deadline - now()),
        succeed: (value) => settle(null, value, true),
        fail: (error) => settle(error === undefined ? 'handled' : error, undefined, true),
        done: (error, value) => settle(error, value, true),
      };
    }

    function runHandler(handler, event, headers) {
      return new Promise((resolve, reject) => {
        const settle = (error, value, isImmediate) => {
          const finish = () => (error === null || error === undefined ? resolve(value) : reject(error));
          // A failure is told at once; a result once nothing is left to do.
          if (isImmediate || error || !context.callbackWaitsForEmptyEventLoop) finish();
          else whenIdle = finish;
        };
        const context = makeContext(headers, settle);
        whenIdle = () => resolve(null);
        const result = handler(event, context, (error, value) => settle(error, value, false));
        if (result && typeof result.then === 'function') result.then(resolve, reject);
      });
    }

    async function answer(handler, request) {
      try {
        const event = JSON.parse(request.body.toString('utf8'));
        const result = await runHandler(handler, event, request.headers);
        const text = JSON.stringify(result === undefined ? null : result);
        return { kind: 'response', body: Buffer.from(text === undefined ? 'null' : text) };
      } catch (error) {
        logError('Invoke Error', error);
        return { kind: 'error', body: Buffer.from(JSON.stringify(describe(error))) };
      } finally {
        whenIdle = undefined;
      }
    }

    async function main() {
      let handler;
      if (waits) require('inspector').waitForDebugger();
      try {
        handler = await loadHandler(process.env._HANDLER);
      } catch (error) {
        logError('Uncaught Exception', error);
        await call('POST', 'init/error', Buffer.from(JSON.stringify(describe(error))));
        process.exit(1);
      }
      let request = await call('GET', 'invocation/next');
      for (;;) {
        if (request.status !== 200) process.exit(1);
        const id = request.headers['lambda-runtime-aws-request-id'];
        currentRequest = id;
        setTime(request.headers['leat-now-ms']);
        process.env._X_AMZN_TRACE_ID = request.headers['lambda-runtime-trace-id'];
        if (handler[isStreaming]) {
          await answerStreaming(handler, request, id);
          currentRequest = undefined;
          request = await call('GET', 'invocation/next');
          continue;
        }
        const { kind, body } = await answer(handler, request);
        currentRequest = undefined;
        request = await exchange(`invocation/${id}/${kind}`, body);
      }
    }

    // Without its Runtime API a function has nobody to work for.
    main().catch(() => process.exit(1));

    """#
}
