import Emulator
import Synchronization

/// The environment that a gateway serves. A reset puts a new emulator in place between two
/// requests; requests under way end against the old one.
public final class ServedEnvironment: Sendable {
  private struct Contents: Sendable {
    var emulator: Emulator
    var control: any ControlEndpoint
    var hotOperations: [String: HotOperation]
    var endpoint: String?
  }

  private let contents: Mutex<Contents>

  public init(emulator: Emulator, control: any ControlEndpoint) {
    contents = Mutex(
      Contents(emulator: emulator, control: control, hotOperations: emulator.hotOperations))
  }

  /// Serves another emulator from the next request on, and tells it the endpoint.
  public func replace(emulator: Emulator, control: any ControlEndpoint) {
    contents.withLock {
      emulator.setEndpoint($0.endpoint)
      $0 = Contents(
        emulator: emulator, control: control, hotOperations: emulator.hotOperations,
        endpoint: $0.endpoint)
    }
  }

  func bind(_ endpoint: String) {
    contents.withLock {
      $0.endpoint = endpoint
      $0.emulator.setEndpoint(endpoint)
    }
  }

  var emulator: Emulator { contents.withLock { $0.emulator } }
  var control: any ControlEndpoint { contents.withLock { $0.control } }

  func hotOperation(_ target: String) -> HotOperation? {
    contents.withLock { $0.hotOperations[target] }
  }
}
