/// The runtime client of Python functions; `NodeBootstrap` tells the conventions of its output.
enum PythonBootstrap {
  static let fileName = "python.py"

  static let source = loading + running

  private static let loading = #"""
    import decimal
    import http.client
    import importlib
    import json
    import logging
    import os
    import sys
    import time
    import traceback

    task_root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path[0] = task_root
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    current_request = None


    def call(method, route, body=None):
        headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, "/2018-06-01/runtime/" + route, body, headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()


    class LoadError(Exception):
        def __init__(self, kind, message, stack=()):
            super().__init__(message)
            self.kind = kind
            self.stack = list(stack)


    def describe(error):
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
            fields = {"timestamp": timestamp(time.time()), "log_level": "ERROR"}
            return write_line(json.dumps({**fields, **document}, ensure_ascii=False))
        text = "[ERROR] %s: %s" % (document["errorType"], document["errorMessage"])
        if document["stackTrace"]:
            text += "\nTraceback (most recent call last):\n" + "".join(document["stackTrace"])
        write_line(text)


    class LogHandler(logging.Handler):
        def emit(self, record):
            write_line(self.format(record))


    class RequestFilter(logging.Filter):
        def filter(self, record):
            record.aws_request_id = current_request or ""
            return True


    # What every record has; the rest is what the caller has given as `extra`.
    record_fields = set(vars(logging.makeLogRecord({}))) | {
        "message", "asctime", "aws_request_id", "taskName"}


    class DocumentFormatter(logging.Formatter):
        def format(self, record):
            level = {"WARNING": "WARN", "CRITICAL": "FATAL"}.get(record.levelname, record.levelname)
            document = {
                "timestamp": timestamp(record.created), "level": level,
                "message": record.getMessage(), "logger": record.name,
            }
            if record.exc_info:
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


    def set_up_logging():
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
        sys.stderr.reconfigure(line_buffering=True)
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
        cognito_identity_id = None
        cognito_identity_pool_id = None


    class Context:
        def __init__(self, headers):
            environment = os.environ
            self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
            self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
            self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
            self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
            self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
            self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
            self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
            client = headers.get("Lambda-Runtime-Client-Context")
            self.client_context = json.loads(client) if client else None
            self.identity = CognitoIdentity()
            self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

        def get_remaining_time_in_millis(self):
            return max(0, self._deadline - int(time.time() * 1000))


    def to_json(value):
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


    def end_output(request_id):
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(1, b"\x01end " + request_id.encode() + b"\n")


    def main():
        global current_request
        set_up_logging()
        try:
            handler = load_handler(os.environ["_HANDLER"])
        except Exception as error:
            document = describe(error)
            log_error(document)
            call("POST", "init/error", json.dumps(document).encode())
            sys.exit(1)
        while True:
            status, headers, body = call("GET", "invocation/next")
            if status != 200:
                sys.exit(1)
            current_request = headers["Lambda-Runtime-Aws-Request-Id"]
            os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"] or ""
            kind, result = answer(handler, headers, body)
            request_id = current_request
            end_output(request_id)
            current_request = None
            call("POST", "invocation/%s/%s" % (request_id, kind), result)


    try:
        main()
    except (ConnectionError, http.client.HTTPException):
        # Without its Runtime API a function has nobody to work for.
        os._exit(1)

    """#
}
