import ServiceKit
import Synchronization

/// Everything that the services offer. They are made with a way to ask for it, before the services
/// that offer it exist, so that Lambda may need Logs and S3 may need Lambda.
final class CapabilityBridge: Sendable {
  private let offered = Mutex(Capabilities())

  var capabilities: Capabilities { offered.withLock { $0 } }

  /// Adds what the emulator itself does for services.
  func add(_ offer: Capabilities) throws { try offered.withLock { try $0.add(offer) } }

  /// Takes what the service can do for others. Throws where another one does it already.
  func adopt(_ service: any Service) throws {
    try add(service.offer)
  }
}
