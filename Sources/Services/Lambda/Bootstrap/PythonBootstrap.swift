/// The runtime client of Python functions; `NodeBootstrap` tells the conventions of its output.
enum PythonBootstrap {
  static let fileName = "python.py"

  static let source = clock + loading + logging + finding + running

  private static let loading = #"""
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path[0] = task_root
    address = os.environ["AWS_LAMBDA_RUNTIME_API"]
    connection = None
    # Of the next answer, which came with the one before.
    received = b""
    current_request = None


    def connect():
        global connection
        host, port = address.rsplit(":", 1)
        connection = socket.create_connection((host, int(port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


    # One connection, whose answers come in order and all tell their length.
    def send(*requests):
        if connection is None:
            connect()
        connection.sendall(b"".join(requests))


    def request(method, route, body=None):
        head = "%s /2018-06-01/runtime/%s HTTP/1.1\r\nHost: %s\r\n" % (method, route, address)
        if body is not None:
            head += "Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        return head.encode() + b"\r\n" + (body or b"")


    def receive(size):
        piece = connection.recv(size)
        if not piece:
            raise ConnectionError("the Runtime API is gone")
        return piece


    def take_answer():
        global received
        while b"\r\n\r\n" not in received:
            received += receive(65536)
        head, _, start = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers["content-length"])
        received = start[length:]
        pieces, missing = [start[:length]], length - len(start)
        while missing > 0:
            pieces.append(receive(min(missing, 1 << 20)))
            missing -= len(pieces[-1])
        return int(lines[0].split(" ")[1]), headers, b"".join(pieces)


    class LoadError(Exception):
        def __init__(self, kind, message, stack=()):
            super().__init__(message)
            self.kind = kind
            self.stack = list(stack)


    def describe(error):
        import traceback
        if isinstance(error, LoadError):
            kind, frames = error.kind, error.stack
        else:
            kind = type(error).__name__
            # The bootstrap's own frames are of no interest to anyone.
            frames = [
                frame for frame in traceback.extract_tb(error.__traceback__)
                if frame.filename != __file__ and not frame.filename.startswith("<frozen importlib")
            ]
            frames = traceback.format_list(frames)
        document = {"errorMessage": str(error), "errorType": kind}
        document["requestId"] = current_request or ""
        document["stackTrace"] = frames
        return document


    def write_line(text):
        sys.stdout.write(text.rstrip("\n").replace("\r\n", "\n").replace("\n", "\r") + "\n")
        sys.stdout.flush()


    logs_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"


    def timestamp(seconds):
        whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        return "%s.%03dZ" % (whole, int(seconds * 1000) % 1000)


    def log_error(document):
        if logs_json:
            fields = {"timestamp": timestamp(now()), "log_level": "ERROR"}
            return write_line(json.dumps({**fields, **document}, ensure_ascii=False))
        text = "[ERROR] %s: %s" % (document["errorType"], document["errorMessage"])
        if document["stackTrace"]:
            text += "\nTraceback (most recent call last):\n" + "".join(document["stackTrace"])
        write_line(text)


    """#

  /// The root logger's handler. It is put up when the code first imports `logging`, which many
  /// functions never do.
  private static let logging = #"""
    def set_up_logging(logging):
        class LogHandler(logging.Handler):
            def emit(self, record):
                write_line(self.format(record))


        class RequestFilter(logging.Filter):
            def filter(self, record):
                record.aws_request_id = current_request or ""
                if clock_offset and not moves_clock and not hasattr(record, "shown_created"):
                    record.shown_created = record.created
                    record.created += clock_offset
                    record.msecs = int(record.created * 1000) % 1000
                return True


        # What every record has; the rest is what the caller has given as `extra`.
        record_fields = set(vars(logging.makeLogRecord({}))) | {
            "message", "asctime", "aws_request_id", "taskName", "shown_created"}


        class DocumentFormatter(logging.Formatter):
            def format(self, record):
                level = {"WARNING": "WARN", "CRITICAL": "FATAL"}.get(record.levelname, record.levelname)
                document = {
                    "timestamp": timestamp(record.created), "level": level,
                    "message": record.getMessage(), "logger": record.name,
                }
                if record.exc_info:
                    import traceback
                    kind, error, trace = record.exc_info
                    document["stackTrace"] = traceback.format_tb(trace)
                    document["errorType"] = kind.__name__
                    document["errorMessage"] = str(error)
                    place = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
                    document["location"] = place
                if record.aws_request_id:
                    document["requestId"] = record.aws_request_id
                for name, value in vars(record).items():
                    if name not in record_fields and name not in document:
                        document[name] = value
                return json.dumps(document, ensure_ascii=False, default=str)


        def set_up():
            handler = LogHandler()
            form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
            formatter = logging.Formatter(form, "%Y-%m-%dT%H:%M:%S")
            formatter.converter = time.gmtime
            handler.setFormatter(DocumentFormatter() if logs_json else formatter)
            handler.addFilter(RequestFilter())
            logging.getLogger().addHandler(handler)
            if logs_json:
                level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO")
                levels = {"TRACE": logging.NOTSET, "WARN": logging.WARNING, "FATAL": logging.CRITICAL}
                logging.getLogger().setLevel(levels.get(level, level))

        set_up()


    class LoggingFinder:
        """Finds `logging` once, as anybody would, and sets it up after it has been loaded."""

        def find_spec(self, name, path=None, target=None):
            if name != "logging":
                return None
            sys.meta_path.remove(self)
            spec = importlib.machinery.PathFinder.find_spec(name, path, target)
            load = spec.loader.exec_module

            def load_and_set_up(module):
                load(module)
                set_up_logging(module)

            spec.loader.exec_module = load_and_set_up
            return spec


    """#

  private static let finding = #"""
    def load_handler(text):
        try:
            module_name, name = text.rsplit(".", 1)
        except ValueError as error:
            raise LoadError("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (text, error))
        try:
            module = importlib.import_module(module_name.replace("/", "."))
        except ImportError as error:
            message = "Unable to import module '%s': %s" % (module_name, error)
            raise LoadError("Runtime.ImportModuleError", message)
        except SyntaxError as error:
            message = "Syntax error in module '%s': %s" % (module_name, error)
            place = '  File "%s" Line %s\n    %s\n' % (error.filename, error.lineno, error.text)
            raise LoadError("Runtime.UserCodeSyntaxError", message, [place])
        try:
            return getattr(module, name)
        except AttributeError:
            message = "Handler '%s' missing on module '%s'" % (name, module_name)
            raise LoadError("Runtime.HandlerNotFound", message)


    """#

  private static let running = #"""
    class CognitoIdentity:
        def __init__(self, text):
            fields = json.loads(text) if text else {}
            self.cognito_identity_id = fields.get("cognitoIdentityId")
            self.cognito_identity_pool_id = fields.get("cognitoIdentityPoolId")


    class ClientApplication:
        def __init__(self, fields):
            for name in ("installation_id", "app_title", "app_version_name", "app_version_code",
                         "app_package_name"):
                setattr(self, name, fields.get(name))


    class ClientContext:
        def __init__(self, fields):
            self.client = ClientApplication(fields["client"]) if "client" in fields else None
            self.custom = fields.get("custom")
            self.env = fields.get("env")


    class Context:
        def __init__(self, headers):
            environment = os.environ
            self.aws_request_id = headers["lambda-runtime-aws-request-id"]
            self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
            self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
            self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
            self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
            self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
            self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
            client = headers.get("lambda-runtime-client-context")
            self.client_context = ClientContext(json.loads(client)) if client else None
            self.identity = CognitoIdentity(headers.get("lambda-runtime-cognito-identity"))
            self._deadline = int(headers["lambda-runtime-deadline-ms"])

        def get_remaining_time_in_millis(self):
            return max(0, self._deadline - int(now() * 1000))


    def to_json(value):
        import decimal
        if isinstance(value, decimal.Decimal):
            return float(value) if value % 1 else int(value)
        raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


    def answer(handler, headers, body):
        try:
            event = json.loads(body)
            result = handler(event, Context(headers))
        except Exception as error:
            document = describe(error)
            log_error(document)
            return "error", json.dumps(document).encode()
        try:
            return "response", json.dumps(result, default=to_json).encode()
        except Exception as error:
            message = "Unable to marshal response: %s" % error
            document = describe(LoadError("Runtime.MarshalError", message))
            log_error(document)
            return "error", json.dumps(document).encode()


    def main():
        global current_request
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
        sys.stderr.reconfigure(line_buffering=True)
        sys.meta_path.insert(0, LoggingFinder())
        try:
            handler = load_handler(os.environ["_HANDLER"])
        except Exception as error:
            document = describe(error)
            log_error(document)
            send(request("POST", "init/error", json.dumps(document).encode()))
            take_answer()
            sys.exit(1)
        ask = request("GET", "invocation/next")
        send(ask)
        while True:
            status, headers, body = take_answer()
            if status != 200:
                sys.exit(1)
            current_request = headers["lambda-runtime-aws-request-id"]
            set_time(headers.get("leat-now-ms"))
            os.environ["_X_AMZN_TRACE_ID"] = headers["lambda-runtime-trace-id"] or ""
            kind, result = answer(handler, headers, body)
            request_id = current_request
            sys.stdout.flush()
            sys.stderr.flush()
            current_request = None
            # The question for more goes along: nobody wakes for the answer to the result alone.
            send(request("POST", "invocation/%s/%s" % (request_id, kind), result), ask)
            take_answer()


    try:
        main()
    except OSError:
        # Without its Runtime API a function has nobody to work for.
        os._exit(1)

    """#
}
