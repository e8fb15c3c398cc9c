import Effects
import PropertyTree
import ServiceKit

/// Revision ids that steps of stacks make.
enum SeededRevision {
  /// New with every step, and the same when a step is done again after a crash.
  static func after(_ old: String, _ request: ResourceRequest) -> String {
    SeededRandomSource(
      seed: "\(request.physicalID)/\(request.now.milliseconds)/\(old)/"
        + JSONWriter.canonical(request.properties)
    ).uuid()
  }
}
