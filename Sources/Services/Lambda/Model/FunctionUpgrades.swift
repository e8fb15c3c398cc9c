import PropertyTree

/// Functions as earlier versions of Leat kept them.
enum FunctionUpgrades {
  /// From the time before versions and layers.
  static let versions: @Sendable (PropertyValue) throws -> PropertyValue = { old in
    guard case .object(var function) = old, case .object(var settings)? = function["settings"]
    else { return old }
    function["version"] = .string(FunctionModel.latest)
    function["nextVersion"] = 1
    function["recursiveLoop"] = "Terminate"
    function["runtimeUpdates"] = "Auto"
    settings["layers"] = []
    settings["ephemeralMegabytes"] = 512
    settings["tracing"] = "PassThrough"
    settings["snapStart"] = "None"
    function["settings"] = .object(settings)
    return .object(function)
  }
}
