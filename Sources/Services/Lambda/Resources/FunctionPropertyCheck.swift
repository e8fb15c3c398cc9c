import Diagnostics
import PropertyTree
import ResourceModel

/// Checks of a function's properties that can be made before anything is created.
struct FunctionPropertyCheck {
  let properties: FunctionResource.Properties

  var issues: [PropertyIssue] {
    runtimeIssues + codeIssues + handlerIssues + boundIssues + fixedValueIssues
      + EnvironmentCheck(variables: properties.Environment?.Variables ?? [:]).issues
  }

  /// A function from an image, which is told apart from one without code.
  static let image = PropertyIssue(
    .unsupportedProperty, at: PropertyPath([.key("Code"), .key("ImageUri")]),
    "Leat does not run functions from images",
    hint: "Give an archive in a bucket, a local folder, or the source inline.")

  private func path(_ keys: String...) -> PropertyPath { PropertyPath(keys.map { .key($0) }) }

  private var runtime: String? { properties.Runtime }

  private var runtimeIssues: [PropertyIssue] {
    guard let runtime else {
      return [
        PropertyIssue(
          .missingProperty, at: PropertyPath(),
          "a function with an archive needs Runtime and Handler")
      ]
    }
    if !RuntimeCatalog.known.contains(runtime) {
      return [
        PropertyIssue(.invalidPropertyValue, at: path("Runtime"), "AWS has no runtime `\(runtime)`")
      ]
    }
    guard let family = RuntimeCatalog.family(of: runtime) else {
      return [
        PropertyIssue(
          .unsupportedValue, at: path("Runtime"), "Leat does not run `\(runtime)` functions",
          hint: RuntimeCatalog.advice(for: runtime))
      ]
    }
    guard RuntimeCatalog.isDated(runtime) else { return [] }
    let language = family == .node ? "Node" : "Python"
    return [
      PropertyIssue(
        .substituted, at: path("Runtime"),
        "\(runtime) runs on the \(language) that this machine has", severity: .warning)
    ]
  }

  private var codeIssues: [PropertyIssue] {
    guard let code = properties.Code else { return [] }
    guard let source = code.ZipFile else { return missingCode(code) }
    if let key = code.objectMember {
      return [
        PropertyIssue(
          .invalidPropertyValue, at: path("Code", key),
          "Code is given twice, in ZipFile and in \(key)")
      ]
    }
    if let runtime, RuntimeCatalog.family(of: runtime) == .provided {
      return [
        PropertyIssue(
          .invalidPropertyValue, at: path("Code", "ZipFile"),
          "inline code is for Node.js and Python runtimes only")
      ]
    }
    if source.utf8.count > FunctionCode.inlineBytesMax {
      return [
        PropertyIssue(
          .invalidPropertyValue, at: path("Code", "ZipFile"),
          "inline code may have \(FunctionCode.inlineBytesMax) bytes, not \(source.utf8.count)")
      ]
    }
    return []
  }

  /// Without inline source there must be a bucket and a key.
  private func missingCode(_ code: FunctionResource.Properties.CodeSource) -> [PropertyIssue] {
    if code.S3Bucket != nil, code.S3Key != nil { return [] }
    let missing = code.S3Bucket != nil ? "S3Key" : code.S3Key != nil ? "S3Bucket" : nil
    return [
      PropertyIssue(
        .missingProperty, at: path("Code"),
        missing.map { "Code needs \($0)" } ?? "Code needs ZipFile, or S3Bucket and S3Key")
    ]
  }

  private var handlerIssues: [PropertyIssue] {
    guard let handler = properties.Handler, let runtime,
      let family = RuntimeCatalog.family(of: runtime), family != .provided
    else { return [] }
    let parts = handler.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }) else {
      return [
        PropertyIssue(
          .invalidPropertyValue, at: path("Handler"),
          "the handler `\(handler)` is not of the form file.function: no call will find it",
          hint: "index.handler", severity: .warning)
      ]
    }
    guard properties.Code?.ZipFile != nil, parts[0] != "index" else { return [] }
    return [
      PropertyIssue(
        .invalidPropertyValue, at: path("Handler"),
        "inline code is the file `index`, and the handler names `\(parts[0])`: no call will find it",
        hint: "index.\(parts[1])", severity: .warning)
    ]
  }

  private var boundIssues: [PropertyIssue] {
    let bounds = [
      ("Timeout", properties.Timeout, 1...900),
      ("MemorySize", properties.MemorySize, 128...10_240),
    ]
    return bounds.compactMap { name, value, range -> PropertyIssue? in
      guard let value, !range.contains(value) else { return nil }
      return PropertyIssue(
        .invalidPropertyValue, at: path(name),
        "\(name) is \(value); it may be \(range.lowerBound) to \(range.upperBound)")
    }
  }

  private var fixedValueIssues: [PropertyIssue] {
    var issues: [PropertyIssue] = []
    if let type = properties.PackageType, type != "Zip" {
      issues.append(
        PropertyIssue(
          .unsupportedValue, at: path("PackageType"), "Leat does not run functions from images"))
    }
    if let logging = properties.LoggingConfig, logging.LogFormat != "JSON" {
      let given = [
        ("ApplicationLogLevel", logging.ApplicationLogLevel),
        ("SystemLogLevel", logging.SystemLogLevel),
      ]
      for (name, value) in given where value != nil {
        issues.append(
          PropertyIssue(
            .invalidPropertyValue, at: path("LoggingConfig", name),
            "\(name) can be set only where LogFormat is JSON", hint: "LogFormat: JSON"))
      }
    }
    return issues
  }
}

extension FunctionResource.Properties.CodeSource {
  /// The first member that names an object in a bucket.
  fileprivate var objectMember: String? {
    if S3Bucket != nil { return "S3Bucket" }
    if S3Key != nil { return "S3Key" }
    return S3ObjectVersion == nil ? nil : "S3ObjectVersion"
  }
}
