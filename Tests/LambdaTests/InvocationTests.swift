import AWSModel
import Effects
import PropertyTree
import ServiceKit
@testable import Lambda
import Testing

/// Functions of both languages, in real processes.
@Suite struct InvocationTests {
  @Test func nodeRunsTheWorkshopsTransformation() async throws {
    let fixture = try Fixture()
    let source = """
      exports.handler = async (event, context) => {
        const filter = (record) => {
          const entry = (new Buffer(record.data, 'base64')).toString('utf8');
          const state = Object.values(JSON.parse(entry))[0];
          if (state === 'NY') {
            const payload = (new Buffer(`New York State found !! for entry: ${entry}`, 'utf8'))
              .toString('base64');
            return { recordId: record.recordId, result: 'Ok', data: payload };
          }
          return { recordId: record.recordId, result: 'Dropped', data: record.data };
        };
        console.log(`processing ${event.records.length}`);
        return { records: event.records.map((record) => filter(record)) };
      };
      """
    try await fixture.deploy("p", runtime: "nodejs12.x", source)
    let result = try await fixture.invoke(
      "p",
      """
      {"records":[{"recordId":"1","data":"eyJ1IjoiTlkifQ=="},{"recordId":"2","data":"eyJ1IjoiQ0EifQ=="}]}
      """)
    #expect(result.functionError == nil)
    let records = try #require(try result.tree["records"]?.listValue)
    #expect(records.map { $0["result"]?.stringValue } == ["Ok", "Dropped"])
    #expect(
      records[0]["data"]
        == "TmV3IFlvcmsgU3RhdGUgZm91bmQgISEgZm9yIGVudHJ5OiB7InUiOiJOWSJ9")
    let lines = await fixture.lines(of: "p")
    #expect(lines.contains { $0.hasSuffix("\tINFO\tprocessing 2\n") })
    #expect(!lines.contains { $0.contains("Deprecat") })
    #expect(
      fixture.reports.contains { $0.hasPrefix("nodejs12.x functions run on Node") })
    try await fixture.close()
  }

  @Test func nodeAnswersByCallbackAfterItsWorkIsDone() async throws {
    let fixture = try Fixture()
    try await fixture.deploy(
      "c", runtime: "nodejs20.x",
      """
      exports.handler = (event, context, callback) => {
        let late = false;
        setTimeout(() => { late = true; console.log('late'); }, 20);
        callback(null, { n: event.n + 1, name: context.functionName, arn: context.invokedFunctionArn,
          id: context.awsRequestId.length, left: context.getRemainingTimeInMillis() > 1000 });
      };
      """)
    let result = try await fixture.invoke("c", #"{"n":1}"#)
    let tree = try result.tree
    #expect(tree["n"] == 2)
    #expect(tree["name"] == "c")
    #expect(tree["arn"] == "arn:aws:lambda:eu-west-1:111122223333:function:c")
    #expect(tree["id"] == 36)
    #expect(tree["left"] == true)
    #expect(result.logTail.contains("\tINFO\tlate\n"))
    try await fixture.close()
  }

  @Test func anErrorBearsItsTypeMessageAndStack() async throws {
    let fixture = try Fixture()
    try await fixture.deploy(
      "n", runtime: "nodejs20.x",
      "exports.handler = async () => { const e = new Error('bad'); e.name = 'MyError'; throw e; };")
    try await fixture.deploy(
      "p", runtime: "python3.11",
      """
      class MyError(Exception):
          pass
      def handler(event, context):
          raise MyError("bad")
      """)
    for (name, stack) in [("n", "trace"), ("p", "stackTrace")] {
      let result = try await fixture.invoke(name)
      #expect(result.functionError == "Unhandled")
      let tree = try result.tree
      #expect(tree["errorType"] == "MyError")
      #expect(tree["errorMessage"] == "bad")
      #expect(try #require(tree[stack]?.listValue).isEmpty == false)
      #expect(result.logTail.contains("bad"))
    }
    // The process has survived its error.
    #expect(try await fixture.invoke("p").functionError == "Unhandled")
    try await fixture.close()
  }

  @Test func pythonSeesItsEventContextAndCleanEnvironment() async throws {
    let fixture = try Fixture()
    try await fixture.deploy(
      "py", runtime: "python3.11",
      """
      import os, logging
      logging.getLogger().setLevel("INFO")
      def handler(event, context):
          print("one\\ntwo")
          logging.info("three\\nfour")
          return {"event": event, "id": context.aws_request_id, "env": dict(os.environ),
                  "left": context.get_remaining_time_in_millis(), "cwd": os.getcwd()}
      """, ["Environment": ["Variables": ["GREETING": "hé"]]])
    let result = try await fixture.invoke("py", #"{"a":[1,null,"é"]}"#)
    let tree = try result.tree
    #expect(tree["event"] == ["a": [1, .null, "é"]])
    let environment = try #require(tree["env"]?.objectValue)
    #expect(environment["GREETING"] == "hé")
    #expect(environment["AWS_REGION"] == "eu-west-1")
    #expect(environment["AWS_ACCESS_KEY_ID"] == "111122223333")
    #expect(environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566")
    #expect(environment["LAMBDA_TASK_ROOT"] == tree["cwd"])
    #expect(environment["SWIFT_TESTING_ENABLED"] == nil)
    #expect(try #require(tree["left"]?.integerValue) > 10_000)
    let id = try #require(tree["id"]?.stringValue)
    let all = await fixture.lines(of: "py")
    #expect(
      try #require(all.first).contains(
        /^INIT_START Runtime Version: python:3\.\d+\.v\d+\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:[0-9a-f]{64}\n$/
      ))
    let lines = Array(all.dropFirst())
    #expect(lines.first == "START RequestId: \(id) Version: $LATEST\n")
    #expect(Array(lines[1...2]) == ["one\n", "two\n"])
    #expect(lines[3].hasPrefix("[INFO]\t2") && lines[3].hasSuffix("\t\(id)\tthree\nfour\n"))
    #expect(lines[4] == "END RequestId: \(id)\n")
    #expect(lines[5].hasPrefix("REPORT RequestId: \(id)\tDuration: "))
    #expect(lines[5].contains("\tMemory Size: 128 MB\tMax Memory Used: "))
    #expect(lines[5].contains("\tInit Duration: "))
    let stream = try #require(fixture.logs.all.first?.stream)
    #expect(stream.hasPrefix("2026/11/21/[$LATEST]") && stream.count == 20 + 32)
    try await fixture.close()
  }

  @Test func modulesAndMistakesInTheirCode() async throws {
    let fixture = try Fixture()
    let cases = [
      ("nodejs20.x", "index.handler", "syntax error here", "Runtime.UserCodeSyntaxError"),
      ("nodejs20.x", "index.other", "exports.handler = () => 1", "Runtime.HandlerNotFound"),
      ("nodejs20.x", "index.handler", "require('no-such')", "Runtime.ImportModuleError"),
      ("python3.11", "index.handler", "import no_such", "Runtime.ImportModuleError"),
      ("python3.11", "index.other", "x = 1", "Runtime.HandlerNotFound"),
      ("python3.11", "index.handler", "def", "Runtime.UserCodeSyntaxError"),
      ("python3.11", "index.handler", "raise KeyError('k')", "KeyError"),
      ("python3.11", "index.handler", "import os; os._exit(3)", "Runtime.ExitError"),
    ]
    for (index, (runtime, handler, source, type)) in cases.enumerated() {
      try await fixture.deploy(
        "f\(index)", runtime: runtime, source, ["Handler": .string(handler)])
      let result = try await fixture.invoke("f\(index)")
      #expect(result.functionError == "Unhandled")
      #expect(try result.tree["errorType"] == .string(type), "\(source)")
    }
    try await fixture.close()
  }

  @Test func timeoutsKillTheProcessAndTheNextCallGetsANewOne() async throws {
    let fixture = try Fixture()
    try await fixture.deploy(
      "t", runtime: "python3.11",
      """
      import os, time
      def handler(event, context):
          if event.get("hang"):
              print("hanging")
              while True: time.sleep(60)
          return os.getpid()
      """, ["Timeout": 1])
    let before = try await fixture.invoke("t").text
    #expect(try await fixture.invoke("t").text == before)
    let result = try await fixture.invoke("t", #"{"hang":true}"#)
    #expect(result.functionError == "Unhandled")
    #expect(try result.tree["errorType"] == "Sandbox.Timedout")
    #expect(
      try #require(try result.tree["errorMessage"]?.stringValue)
        .hasSuffix("Error: Task timed out after 1.00 seconds"))
    #expect(result.logTail.contains("hanging\n"))
    #expect(
      result.logTail.contains(
        /(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [0-9a-f-]{36} Task timed out after 1.00 seconds$/
      ), "\(result.logTail)")
    let after = try await fixture.invoke("t")
    #expect(after.functionError == nil && after.text != before)
    try await fixture.close()
  }

  @Test func aProcessThatEndsIsReportedAndReplaced() async throws {
    let fixture = try Fixture()
    try await fixture.deploy(
      "x", runtime: "nodejs20.x",
      """
      exports.handler = async (event) => {
        if (event.exit !== undefined) process.exit(event.exit);
        if (event.late) setImmediate(() => { throw new RangeError('late'); });
        if (event.late) await new Promise(() => setTimeout(() => {}, 60000));
        return process.pid;
      };
      """)
    let exit = try await fixture.invoke("x", #"{"exit":7}"#)
    #expect(try exit.tree["errorType"] == "Runtime.ExitError")
    #expect(
      try #require(try exit.tree["errorMessage"]?.stringValue)
        .hasSuffix("Error: Runtime exited with error: exit status 7"))
    #expect(try await fixture.invoke("x", #"{"late":true}"#).tree["errorType"] == "RangeError")
    #expect(try await fixture.invoke("x").functionError == nil)
    try await fixture.close()
  }

  @Test func memoryAboveTheLimitEndsTheProcess() async throws {
    let fixture = try Fixture()
    try await fixture.deploy(
      "m", runtime: "python3.11",
      """
      import time
      def handler(event, context):
          block = bytearray(300 << 20)
          while True: time.sleep(60)
      """)
    let result = try await fixture.invoke("m")
    #expect(try result.tree["errorType"] == "Runtime.OutOfMemory")
    try await fixture.close()
  }

  @Test func logTailHoldsTheLastFourKibibytes() async throws {
    let fixture = try Fixture()
    try await fixture.deploy(
      "l", runtime: "python3.11",
      """
      def handler(event, context):
          for i in range(2000): print("line", i)
      """)
    let result = try await fixture.invoke("l")
    #expect(result.text == "null")
    #expect(result.logTail.utf8.count == 4096)
    #expect(result.logTail.contains("line 1999\nEND RequestId: "))
    let printed = await fixture.lines(of: "l").filter { $0.hasPrefix("line ") }
    #expect(printed == (0..<2000).map { "line \($0)\n" })
    try await fixture.close()
  }
}

extension InvocationTests {
  @Test func aProcessThatNeverTakesACallFailsIt() async throws {
    let fixture = try Fixture()
    // Ends as soon as it has asked for work, every time.
    try await fixture.deploy(
      "e", runtime: "python3.11",
      """
      import os, socket
      real = socket.socket.sendall
      def sendall(self, data):
          real(self, data)
          os._exit(0)
      socket.socket.sendall = sendall
      def handler(event, context): pass
      """)
    let result = try await fixture.invoke("e")
    #expect(try result.tree["errorType"] == "Runtime.ExitError")
    try await fixture.close()
  }

  @Test func providedRuntimesRunTheirBootstrap() async throws {
    let fixture = try Fixture()
    let script = """
      #!/usr/bin/env python3
      import http.client, os
      api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
      while True:
          api.request("GET", "/2018-06-01/runtime/invocation/next")
          work = api.getresponse()
          event = work.read()
          print("custom")
          path = "/2018-06-01/runtime/invocation/" + work.headers["Lambda-Runtime-Aws-Request-Id"]
          api.request("POST", path + "/response", b'{"echo":' + event + b'}')
          api.getresponse().read()
      """
    let zip = Fixture.archive("bootstrap", script)
    _ = try await fixture.call(
      "CreateFunction",
      [
        "FunctionName": "b", "Runtime": "provided.al2023", "Handler": "any", "Timeout": 20,
        "Role": "arn:aws:iam::111122223333:role/r",
        "Code": ["ZipFile": .string(Base64.encode(zip))],
      ])
    #expect(try await fixture.invoke("b", "[1]").text == #"{"echo":[1]}"#)
    try await fixture.close()
  }
}
