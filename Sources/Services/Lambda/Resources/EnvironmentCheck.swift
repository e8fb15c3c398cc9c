import PropertyTree
import ResourceModel

/// Rules of Lambda for a function's environment variables.
struct EnvironmentCheck {
  let variables: [String: String]

  var issues: [PropertyIssue] {
    let path = PropertyPath([.key("Environment"), .key("Variables")])
    var issues = variables.keys.filter(FunctionSettings.reservedVariables.contains).sorted().map {
      name in
      PropertyIssue(
        .invalidPropertyValue, at: path.appending(name),
        "Lambda sets the variable `\(name)` itself", hint: "give yours another name")
    }
    var bytes = 0
    for (name, value) in variables {
      bytes += name.utf8.count + value.utf8.count
    }
    if bytes > FunctionSettings.environmentBytesMax {
      issues.append(
        PropertyIssue(
          .invalidPropertyValue, at: path,
          "the variables take at most \(FunctionSettings.environmentBytesMax) bytes together, "
            + "they have \(bytes)"))
    }
    return issues
  }
}
