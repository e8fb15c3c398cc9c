import Diagnostics
import Effects
import PropertyTree
import StackModel
import TemplateParsing

/// Properties that may name a file or folder beside the template in place of an object in a bucket.
public enum LocalCode {
  /// How the property names the object that takes the path's place.
  private struct Target {
    var property: String
    var bucketKey: String
    var objectKey: String
  }

  private static let targets: [String: Target] = [
    "AWS::Lambda::Function": Target(property: "Code", bucketKey: "S3Bucket", objectKey: "S3Key"),
    "AWS::Lambda::LayerVersion": Target(
      property: "Content", bucketKey: "S3Bucket", objectKey: "S3Key"),
  ]

  /// The buckets that packaged code goes to, one for each account and region.
  public static func bucket(account: String, region: String) -> String {
    "leat-assets-\(account)-\(region)"
  }

  /// Packages what the template names by local paths, each path once.
  ///
  /// - Parameters:
  ///   - folder: the template's; paths are relative to it.
  ///   - bucket: where the code is to go.
  /// - Returns: an asset with contents for each path, and errors for what can't be packaged, which
  ///   has an asset without any.
  public static func package(
    _ template: Template, folder: String, bucket: String, files: any FileSystem
  ) -> (assets: [Asset], diagnostics: [Diagnostic]) {
    var assets: [Asset] = []
    var diagnostics: [Diagnostic] = []
    var seen: Set<String> = []
    for place in places(in: template) where seen.insert(place.path).inserted {
      let source = place.path.hasPrefix("/") ? place.path : "\(folder)/\(place.path)"
      do {
        let code = try PackagedCode(source, files: files)
        assets.append(
          Asset(
            bucket: bucket, key: code.hash + code.nameSuffix, size: code.bytes.count,
            contents: Base64.encode(code.bytes), path: place.path))
      } catch {
        let reason = (error as? PackagingFailure)?.reason ?? "\(error)"
        assets.append(Asset(bucket: bucket, key: "unreadable", size: 0, path: place.path))
        diagnostics.append(
          Diagnostic(
            .unreadableFile, "the local code `\(place.path)` \(reason)", at: place.span,
            hint: "paths are relative to the template's folder, \(folder)"))
      }
    }
    return (assets, diagnostics)
  }

  /// Puts bucket and key in place of local paths. A path that no asset answers is an error.
  public static func substitute(_ assets: [Asset], in template: inout Template) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    let known = Dictionary(
      assets.compactMap { asset in asset.path.map { ($0, asset) } },
      uniquingKeysWith: { first, _ in first })
    for place in places(in: template) {
      guard let asset = known[place.path] else {
        diagnostics.append(
          Diagnostic(
            .unsupportedValue,
            "`\(place.target.property)` names the local path `\(place.path)`, which is not at hand",
            at: place.span,
            hint: "deploy with `leat deploy`, which packages local code; or give "
              + "\(place.target.bucketKey) and \(place.target.objectKey)"))
        continue
      }
      let entries = [
        (place.target.bucketKey, asset.bucket), (place.target.objectKey, asset.key),
      ].map { name, text in
        ExpressionEntry(
          key: Spanned(name, place.span),
          value: Expression(.literal(.string(text)), place.span))
      }
      template.resources[place.resource].replace(
        place.target.property, with: Expression(.object(entries), place.span))
    }
    return diagnostics
  }

  private struct Place {
    var resource: Int
    var target: Target
    var path: String
    var span: SourceSpan
  }

  private static func places(in template: Template) -> [Place] {
    template.resources.enumerated().compactMap { index, resource in
      guard let target = targets[resource.type.value],
        case .object(let entries)? = resource.properties?.kind,
        let value = entries.first(where: { $0.key.value == target.property })?.value,
        case .literal(.string(let path)) = value.kind, isLocal(path)
      else { return nil }
      return Place(resource: index, target: target, path: path, span: value.span)
    }
  }

  /// Addresses are not local; what they mean is the property's own affair.
  private static func isLocal(_ path: String) -> Bool { !path.isEmpty && !path.contains("://") }
}

extension TemplateResource {
  fileprivate mutating func replace(_ property: String, with value: Expression) {
    guard var object = properties, case .object(var entries) = object.kind,
      let index = entries.firstIndex(where: { $0.key.value == property })
    else { return }
    entries[index].value = value
    object.kind = .object(entries)
    properties = object
  }
}
