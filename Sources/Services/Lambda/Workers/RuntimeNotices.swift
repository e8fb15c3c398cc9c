import Synchronization

/// Tells the operator, once for each runtime, that another version runs its functions.
final class RuntimeNotices: Sendable {
  private let reported = Mutex<Set<String>>([])
  private let report: @Sendable (String) -> Void

  init(report: @escaping @Sendable (String) -> Void) { self.report = report }

  func tell(_ runtime: String, runsOn interpreter: Interpreter, _ family: RuntimeFamily) {
    guard let wanted = RuntimeCatalog.version(of: runtime),
      interpreter.version != wanted, !interpreter.version.hasPrefix("\(wanted)."),
      reported.withLock({ $0.insert(runtime).inserted })
    else { return }
    let language = family == .node ? "Node" : "Python"
    report(
      "\(runtime) functions run on \(language) \(interpreter.version), which this machine has.")
  }
}
