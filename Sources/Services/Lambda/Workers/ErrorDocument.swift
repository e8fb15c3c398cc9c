import PropertyTree

/// The payload for a caller whose function could not answer.
struct ErrorDocument: Sendable, Hashable {
  var type: String
  var message: String

  init(_ type: String, _ message: String) {
    self.type = type
    self.message = message
  }

  /// The type that a function's own error document names.
  static func type(of document: [UInt8]) -> String? {
    do { return try JSONReader.read(document)["errorType"]?.stringValue } catch { return nil }
  }

  /// A process that ended by itself or was killed from outside; `status` as `RunningProcess` tells.
  static func exit(status: Int32, requestID: String?) -> ErrorDocument {
    let reason =
      switch status {
      case 0: "Runtime exited without providing a reason"
      case 129...: "Runtime exited with error: signal: \(signalName(status - 128))"
      default: "Runtime exited with error: exit status \(status)"
      }
    let prefix = requestID.map { "RequestId: \($0) " } ?? ""
    return ErrorDocument("Runtime.ExitError", "\(prefix)Error: \(reason)")
  }

  private static func signalName(_ number: Int32) -> String {
    switch number {
    case 6: "aborted"
    case 9: "killed"
    case 11: "segmentation fault"
    case 15: "terminated"
    default: String(number)
    }
  }

  var bytes: [UInt8] {
    JSONWriter.bytes(["errorType": .string(type), "errorMessage": .string(message)])
  }
}
