import CJQ
import Synchronization

/// A jq program, compiled once and run on any number of documents.
///
/// libjq keeps the state of a run in the program, so that runs of one program follow each other.
/// https://jqlang.github.io/jq/manual/v1.6/
public final class JQProgram: Sendable {
  /// A program or a run of it that has failed, in libjq's words.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
  }

  /// libjq's machine, with the messages of the call that is under way.
  private final class Machine {
    var state: OpaquePointer?
    var messages: [String] = []

    deinit { jq_teardown(&state) }
  }

  private let machine: Mutex<Machine>

  /// - Throws: `Failure` where the text is no program.
  public init(_ text: String) throws(Failure) {
    let new = Machine()
    guard let state = jq_init() else { throw Failure(description: "jq has no memory left") }
    new.state = state
    // Unretained: the machine owns the state, and messages come only during its calls.
    jq_set_error_cb(
      state,
      { context, message in
        guard let context else { return jv_free(message) }
        Unmanaged<Machine>.fromOpaque(context).takeUnretainedValue().messages.append(
          JQProgram.text(of: message))
      }, Unmanaged.passUnretained(new).toOpaque())
    // libjq 1.6 leaves these as it finds the memory.
    jq_set_input_cb(state, nil, nil)
    jq_set_debug_cb(state, nil, nil)
    guard jq_compile(state, text) != 0 else {
      throw Failure(description: Self.told(new.messages, "the program can't be compiled"))
    }
    machine = Mutex(new)
  }

  /// Runs the program on one JSON document.
  ///
  /// - Parameter resultsMax: the run ends when it has given so many.
  /// - Returns: each result as compact JSON, in order.
  /// - Throws: `Failure` where the document is no JSON, or at the first error of the program.
  public func run(_ document: [UInt8], resultsMax: Int = .max) throws(Failure) -> [String] {
    let result = machine.withLock { machine -> Result<[String], Failure> in
      guard let state = machine.state else { return .success([]) }
      machine.messages = []
      guard document.count <= Int32.max else {
        return .failure(Failure(description: "the document is longer than 2 GiB"))
      }
      // An empty array has no address: a space reads the same.
      let text = document.isEmpty ? [0x20] : document
      let input = text.withUnsafeBytes {
        jv_parse_sized($0.bindMemory(to: CChar.self).baseAddress, Int32($0.count))
      }
      guard jv_get_kind(input) != JV_KIND_INVALID else {
        return .failure(Failure(description: Self.reason(of: input, "the document is no JSON")))
      }
      jq_start(state, input, 0)
      var results: [String] = []
      while results.count < resultsMax {
        let value = jq_next(state)
        if jv_get_kind(value) == JV_KIND_INVALID {
          guard jv_invalid_has_msg(jv_copy(value)) != 0 else {
            jv_free(value)
            return .success(results)
          }
          return .failure(Failure(description: Self.reason(of: value, "the program has failed")))
        }
        results.append(Self.dump(value))
      }
      return .success(results)
    }
    return try result.get()
  }

  // MARK: libjq's values; each call takes ownership of its argument

  private static func dump(_ value: jv) -> String { take(jv_dump_string(value, 0)) }

  private static func take(_ string: jv) -> String {
    defer { jv_free(string) }
    return String(cString: jv_string_value(string))
  }

  /// A message, which may be any value.
  private static func text(of message: jv) -> String {
    jv_get_kind(message) == JV_KIND_STRING ? take(message) : dump(message)
  }

  private static func reason(of invalid: jv, _ otherwise: String) -> String {
    let message = jv_invalid_get_msg(invalid)
    guard jv_get_kind(message) != JV_KIND_NULL else {
      jv_free(message)
      return otherwise
    }
    return text(of: message)
  }

  /// The compiler's messages on one line, without the program's name and the count of errors.
  private static func told(_ messages: [String], _ otherwise: String) -> String {
    let lines = messages.flatMap { $0.split(separator: "\n") }.map { line in
      line.hasPrefix("jq: error: ") ? String(line.dropFirst("jq: error: ".count)) : String(line)
    }.filter { !$0.isEmpty && !$0.contains("compile error") }
    return lines.isEmpty ? otherwise : lines.joined(separator: " ")
  }
}
