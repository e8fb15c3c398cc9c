import Diagnostics

extension FunctionExpander {
  /// The function's `Code`.
  func code() throws(SAMFailure) -> Tree {
    let package = declaration["PackageType"]?.string ?? "Zip"
    var code: Tree
    switch package {
    case "Zip": code = try zippedCode()
    case "Image": code = try imageCode()
    default:
      throw SAMFailure(
        .invalidPropertyValue, "`PackageType` of `\(id)` is `Zip` or `Image`, not `\(package)`",
        at: declaration["PackageType"]?.span)
    }
    if package == "Zip", let key = declaration["SourceKMSKeyArn"], key.isTruthy {
      guard code.members != nil else {
        throw .unsupported("`SourceKMSKeyArn` with local code", at: key.span)
      }
      code["SourceKMSKeyArn"] = key
    }
    return code
  }

  private func zippedCode() throws(SAMFailure) -> Tree {
    for property in ["Runtime", "Handler"] where declaration[property]?.isTruthy != true {
      throw declaration.missing(
        property, known: Self.known, hint: "functions of `PackageType: Image` alone go without")
    }
    if let image = declaration["ImageConfig"] ?? declaration["ImageUri"] {
      throw SAMFailure(
        "`\(id)` is not packaged as an image", at: image.span, hint: "set `PackageType: Image`")
    }
    if let inline = declaration["InlineCode"] {
      return Tree(.object([Tree.Member("ZipFile", inline)]), span: inline.span)
    }
    guard let uri = declaration["CodeUri"], uri.isTruthy else {
      if let slip = declaration.misspelt("CodeUri", known: Self.known) { throw slip }
      // Packaging takes the template's own folder where none is named.
      return Tree(".").placed(at: declaration.span)
    }
    return try CodeLocation.read(uri, property: "CodeUri", owner: id)
  }

  private func imageCode() throws(SAMFailure) -> Tree {
    for property in ["Handler", "Runtime", "Layers"] where declaration[property] != nil {
      throw SAMFailure(
        "`\(property)` can't be set for a function that is an image",
        at: declaration.span(of: property))
    }
    guard let uri = declaration["ImageUri"] ?? builtImage, uri.isTruthy else {
      if let slip = declaration.misspelt("ImageUri", known: Self.known) { throw slip }
      throw SAMFailure(
        .missingProperty, "`\(id)` is packaged as an image and has no `ImageUri`",
        at: declaration.span,
        hint: "or say in `Metadata` how it is built, with `Dockerfile` and `DockerContext`")
    }
    return Tree(.object([Tree.Member("ImageUri", uri)]), span: uri.span)
  }

  /// The image that a build makes of what `Metadata` names.
  private var builtImage: Tree? {
    guard let metadata = declaration.tree["Metadata"], metadata["Dockerfile"] != nil,
      metadata["DockerContext"] != nil
    else { return nil }
    let name = metadata["DockerImage"]?.text ?? id
    let tag = metadata["DockerTag"]?.text ?? "latest"
    return Tree("\(name.lowercased()):\(tag)").placed(at: metadata.span)
  }
}

/// The place of code, content or a definition.
enum CodeLocation {
  /// The `S3Bucket`, `S3Key` and `S3ObjectVersion` of an `s3://` address or of an object with
  /// `Bucket`, `Key` and `Version`. Other text stays as it is written: a path that packaging
  /// replaces.
  static func read(_ uri: Tree, property: String, owner: String) throws(SAMFailure) -> Tree {
    guard let pointer = try pointer(uri, property: property, owner: owner) else { return uri }
    var code = Tree.emptyObject
    code.span = uri.span
    code["S3Bucket"] = pointer["Bucket"]
    code["S3Key"] = pointer["Key"]
    code["S3ObjectVersion"] = pointer["Version"]
    code["S3ObjectStorageMode"] = uri["StorageMode"]
    return code
  }

  /// `Bucket`, `Key` and `Version`; nil for a local path.
  static func pointer(_ uri: Tree, property: String, owner: String) throws(SAMFailure) -> Tree? {
    if uri.members != nil {
      for key in ["Bucket", "Key"] where uri[key]?.isTruthy != true {
        throw SAMFailure(
          .missingProperty, "`\(property)` of `\(owner)` has no `\(key)`", at: uri.span,
          hint: "give `Bucket` and `Key`, or an address `s3://bucket/key`")
      }
      var pointer = Tree.emptyObject
      pointer.span = uri.span
      for key in ["Bucket", "Key", "Version"] { pointer[key] = uri[key] }
      return pointer
    }
    guard let text = uri.string, text.isEmpty == false else {
      throw SAMFailure(
        "`\(property)` of `\(owner)` must be text or an object, this is \(uri.shape)",
        at: uri.span)
    }
    guard text.lowercased().hasPrefix("s3://") else { return nil }
    guard let parsed = parse(text) else {
      throw SAMFailure(
        .invalidPropertyValue, "`\(text)` is not an address in S3", at: uri.span,
        hint: "write `s3://bucket/key`, with `?versionId=…` for one version")
    }
    var pointer = Tree.emptyObject
    for member in parsed.members ?? [] { pointer[member.key] = member.value.placed(at: uri.span) }
    return pointer.placed(at: uri.span)
  }

  private static func parse(_ text: String) -> Tree? {
    let rest = text.dropFirst("s3://".count).prefix { $0 != "#" }
    let halves = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let slash = halves[0].firstIndex(of: "/"), slash != halves[0].startIndex else {
      return nil
    }
    let key = halves[0][slash...].drop { $0 == "/" }
    var pointer: Tree = [
      "Bucket": Tree(String(halves[0][..<slash])), "Key": Tree(String(key)),
    ]
    let versions = (halves.count > 1 ? halves[1] : "").split(separator: "&")
      .filter { $0.hasPrefix("versionId=") && $0.utf8.count > "versionId=".utf8.count }
    if versions.count == 1 {
      pointer["Version"] = Tree(String(versions[0].dropFirst("versionId=".count)))
    }
    return pointer
  }
}
