extension NodeBootstrap {
  /// `awslambda.streamifyResponse`: handlers that write their response piece by piece.
  static let streaming = #"""
    let currentStream;
    const isStreaming = Symbol('streams its response');
    const integrationType = 'application/vnd.awslambda.http-integration-response';

    const makeStream = (id) => {
      const http = require('http');
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1, noDelay: true });
      const { Writable } = require('stream');
      return new (streamClass(http, agent, Writable))(id);
    };

    const streamClass = (http, agent, Writable) => class extends Writable {
      constructor(id) {
        super({ highWaterMark: 65536 });
        this.requestID = id;
        this.contentType = 'application/octet-stream';
      }

      setContentType(type) {
        if (this.request) throw new Error('The response has begun: its content type is fixed.');
        this.contentType = type;
      }

      // The request begins with the first bytes, or with the end.
      begin() {
        if (this.request) return this.request;
        this.accepted = new Promise((resolve, reject) => {
          const headers = {
            'Content-Type': this.contentType,
            'Lambda-Runtime-Function-Response-Mode': 'streaming',
            'Transfer-Encoding': 'chunked',
            Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
          };
          const options = {
            host, port, method: 'POST', agent, headers,
            path: `/2018-06-01/runtime/invocation/${this.requestID}/response`,
          };
          this.request = http.request(options, (response) => {
            response.resume();
            response.on('end', resolve);
          });
          this.request.on('error', reject);
        });
        // Whoever ends the stream hears of a failure.
        this.accepted.catch(() => {});
        if (this.prelude) this.request.write(this.prelude);
        return this.request;
      }

      _write(chunk, encoding, done) {
        const request = this.begin();
        if (request.write(chunk)) done();
        else request.once('drain', done);
      }

      _final(done) {
        const request = this.begin();
        request.end();
        done();
      }

      breakOff(error) {
        const document = JSON.stringify(describe(error));
        this.request.addTrailers({
          'Lambda-Runtime-Function-Error-Type': describe(error).errorType,
          'Lambda-Runtime-Function-Error-Body': Buffer.from(document).toString('base64'),
        });
        this.request.end();
      }
    };

    globalThis.awslambda = {
      streamifyResponse(handler, options) {
        handler[isStreaming] = options || {};
        return handler;
      },
      HttpResponseStream: class {
        static from(stream, metadata) {
          stream.setContentType(integrationType);
          stream.prelude = Buffer.concat([
            Buffer.from(JSON.stringify(metadata || {})), Buffer.alloc(8)]);
          return stream;
        }
      },
    };

    async function answerStreaming(handler, request, id) {
      const stream = makeStream(id);
      currentStream = stream;
      const written = new Promise((resolve, reject) => {
        stream.on('finish', resolve);
        stream.on('error', reject);
      });
      written.catch(() => {});
      try {
        const event = JSON.parse(request.body.toString('utf8'));
        const context = makeContext(request.headers, () => {});
        // With nothing left to do nothing more will be written.
        whenIdle = () => stream.end();
        await handler(event, stream, context);
        await written;
      } catch (error) {
        logError('Invoke Error', error);
        whenIdle = undefined;
        if (!stream.request) {
          await call('POST', `invocation/${id}/error`, Buffer.from(JSON.stringify(describe(error))));
          currentStream = undefined;
          return;
        }
        stream.breakOff(error);
      }
      whenIdle = undefined;
      await stream.accepted;
      currentStream = undefined;
    }

    """#
}
