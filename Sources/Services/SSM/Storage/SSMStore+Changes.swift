import AWSModel
import Effects
import ServiceKit

extension SSMStore {
  /// Makes a parameter, or a new version of it.
  ///
  /// - Parameter tags: of a new parameter; nil leaves those of an old one.
  /// - Throws: `ServiceError` as `PutParameter` has it; `ParameterAlreadyExists` where the parameter
  ///   exists and `overwrites` is false.
  @discardableResult
  func put(
    _ change: SSMChange, tags: [String: String]? = nil, overwrites: Bool, now: Timestamp,
    in scope: Scope, _ transaction: Transaction
  ) throws -> SSMVersion {
    try change.check()
    try SSMLimits.check(tags: (tags ?? [:]).filter { !TagRules.isSystemKey($0.key) })
    let old = try find(change.name, in: scope, transaction)
    if old != nil, !overwrites { throw SSMFault.alreadyExists }
    var (type, version) = try change.next(after: old)
    version.modified = now
    version.value = try sealed(version.value, type, of: change.name, in: scope)
    guard var parameter = old else {
      let parameter = SSMParameter(
        name: change.name, type: type, newest: version, oldestVersion: version.version,
        tags: tags ?? [:])
      try put(parameter, in: scope, transaction)
      return version
    }
    try keep(parameter.newest, of: parameter.name, in: scope, transaction)
    parameter.newest = version
    if version.version - parameter.oldestVersion >= SSMLimits.versionsMax {
      guard parameter.labels(of: parameter.oldestVersion).isEmpty else {
        throw SSMFault.oldestIsLabelled(parameter.name, parameter.oldestVersion)
      }
      try forget(parameter.oldestVersion, of: parameter.name, in: scope, transaction)
      parameter.oldestVersion += 1
    }
    parameter.tags = tags ?? parameter.tags
    try put(parameter, in: scope, transaction)
    return version
  }
}
