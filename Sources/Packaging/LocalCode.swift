import Diagnostics
import Effects
import PropertyTree
import StackModel
import TemplateParsing

/// Files and folders beside a template that its properties name in place of objects in a bucket.
public enum LocalCode {
  /// The buckets that packaged code goes to, one for each account and region.
  public static func bucket(account: String, region: String) -> String {
    "leat-assets-\(account)-\(region)"
  }

  /// Packages what the template names by local paths, each path once.
  ///
  /// - Parameters:
  ///   - file: the template's; paths are relative to its folder.
  ///   - bucket: where the files are to go.
  ///   - region: the bucket's.
  ///   - mayLackCode: true where a template is looked at by itself: code that is not there, perhaps
  ///     not built yet, is a warning.
  /// - Returns: an asset with contents for each path, those that nested templates name after them;
  ///   and errors for what can't be packaged, which has an asset without any.
  public static func package(
    _ template: Template, file: String, bucket: String, region: String, files: any FileSystem,
    mayLackCode: Bool = false
  ) -> (assets: [Asset], diagnostics: [Diagnostic]) {
    let packager = ArtifactPackager(
      file, bucket: bucket, region: region, files: files, mayLackCode: mayLackCode)
    let folder = ArtifactPackager.folder(of: file)
    var assets: [Asset] = []
    var seen: Set<String> = []
    for place in places(in: template) where seen.insert(place.path).inserted {
      assets.append(packager.asset(place.artifact, in: folder))
    }
    return (assets + packager.inner, packager.diagnostics)
  }

  /// Puts the names of objects in place of local paths, and of addresses (`s3://bucket/key`) where
  /// a bucket and a key are wanted, as `aws cloudformation package` does. A path that no asset
  /// answers is an error.
  public static func substitute(
    _ assets: [Asset], in template: inout Template, region: String = "us-east-1"
  ) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    let known = Dictionary(
      assets.compactMap { asset in asset.path.map { ($0, asset) } },
      uniquingKeysWith: { first, _ in first })
    for place in places(in: template, where: { ArtifactProperty.object($0) != nil }) {
      guard let pointer = place.property.pointer(place.path) else { continue }
      template.resources[place.resource].replace(
        place.property.path[...], with: Expression(pointer, at: place.span))
    }
    for place in places(in: template) {
      guard let asset = known[place.path] else {
        diagnostics.append(place.isNotAtHand)
        continue
      }
      let value = Expression(place.property.value(asset, region: region), at: place.span)
      template.resources[place.resource].replace(place.property.path[...], with: value)
    }
    return diagnostics
  }

  private struct Place {
    var resource: Int
    var property: ArtifactProperty
    var path: String
    var span: SourceSpan

    var artifact: ArtifactPackager.Place { .init(property: property, path: path, span: span) }

    var isNotAtHand: Diagnostic {
      let instead =
        switch property.form {
        case .pointer(let bucket, let key): "\(bucket) and \(key)"
        case .address: "an address `s3://bucket/key`"
        case .url: "the address of an object in a bucket"
        }
      return Diagnostic(
        .unsupportedValue,
        "`\(property.name)` names the local path `\(path)`, which nothing has packaged", at: span,
        hint: "deploy with `leat deploy`, which packages local files; or give \(instead)")
    }
  }

  private static func places(
    in template: Template, where isMeant: (String) -> Bool = ArtifactProperty.isLocal
  ) -> [Place] {
    // Most types have none, and a copy of a whole resource counts a dozen references.
    template.resources.indices.flatMap { index in
      (ArtifactProperty.byType[template.resources[index].type.value] ?? []).compactMap { property in
        var value = template.resources[index].properties
        for key in property.path { value = value?.member(key) }
        guard let value, case .literal(.string(let path)) = value.kind,
          isMeant(path)
        else { return nil }
        return Place(resource: index, property: property, path: path, span: value.span)
      }
    }
  }
}

extension Expression {
  /// A value as if it were written at a place.
  fileprivate init(_ value: PropertyValue, at span: SourceSpan) {
    guard let object = value.objectValue else {
      self.init(.literal(value), span)
      return
    }
    let entries = object.map { key, value in
      ExpressionEntry(key: Spanned(key, span), value: Expression(value, at: span))
    }
    self.init(.object(entries), span)
  }

  fileprivate func member(_ key: String) -> Expression? {
    guard case .object(let entries) = kind else { return nil }
    return entries.first { $0.key.value == key }?.value
  }

  fileprivate mutating func replace(_ path: ArraySlice<String>, with value: Expression) {
    guard let key = path.first else {
      self = value
      return
    }
    guard case .object(var entries) = kind,
      let index = entries.firstIndex(where: { $0.key.value == key })
    else { return }
    entries[index].value.replace(path.dropFirst(), with: value)
    kind = .object(entries)
  }
}

extension TemplateResource {
  fileprivate mutating func replace(_ path: ArraySlice<String>, with value: Expression) {
    properties?.replace(path, with: value)
  }
}
