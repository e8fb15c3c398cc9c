import Diagnostics
import Effects
import PropertyTree
import StackModel
import TemplateParsing

/// Packages what templates name by local paths: each file once, nested templates with all that
/// they name.
final class ArtifactPackager {
  /// A local path where a template has it.
  struct Place {
    var property: ArtifactProperty
    var path: String
    var span: SourceSpan
  }

  /// As deep as stacks can be nested.
  private static let depthMax = 8
  private static let templatesMax = 200
  private static let templateBytesMax = 8 << 20

  private let bucket: String
  private let region: String
  private let files: any FileSystem
  private let mayLackCode: Bool
  private(set) var diagnostics: [Diagnostic] = []
  /// Assets of nested templates, without the places in the outermost one.
  private(set) var inner: [Asset] = []
  private var templates: [String: Asset?] = [:]
  /// The templates around the one that is being packaged, outermost first.
  private var chain: [String]

  /// - Parameters:
  ///   - file: the outermost template.
  ///   - region: the bucket's.
  ///   - mayLackCode: true where code that is not there, perhaps not built yet, is a warning.
  init(
    _ file: String, bucket: String, region: String, files: any FileSystem, mayLackCode: Bool
  ) {
    self.mayLackCode = mayLackCode
    self.bucket = bucket
    self.region = region
    self.files = files
    chain = [Self.resolved(file, files)]
  }

  /// The asset that a path stands for. What can't be packaged has an asset without contents, and
  /// is reported.
  ///
  /// - Parameter folder: the template's, which paths are relative to.
  func asset(_ place: Place, in folder: String) -> Asset {
    let source = Self.joined(folder, place.path)
    let nothing = Asset.unreadable(place.path, bucket: bucket)
    do {
      if place.property.kind == .template {
        guard var asset = try template(source, place) else { return nothing }
        asset.path = place.path
        return asset
      }
      let code = try packaged(source, place.property.kind)
      return Asset(
        bucket: bucket, key: code.hash + code.nameSuffix, size: code.bytes.count,
        contents: Base64.encode(code.bytes), path: place.path,
        sourceFolder: try sourceFolder(source, place.property.kind))
    } catch {
      let reason = (error as? PackagingFailure)?.reason ?? "\(error)"
      let what =
        switch place.property.kind {
        case .archive: "the local code"
        case .bundle, .file: "the local file"
        case .template: "the nested template"
        }
      let isLacking =
        mayLackCode && place.property.kind != .template && !files.exists(source)
      diagnostics.append(
        Diagnostic(
          .unreadableFile, "\(what) `\(place.path)` \(reason)", at: place.span,
          hint: "paths are relative to the template's folder, \(folder)",
          severity: isLacking ? .warning : .error))
      return nothing
    }
  }

  private func sourceFolder(_ source: String, _ kind: ArtifactProperty.Kind) throws -> String? {
    guard kind == .archive, files.isDirectory(source) else { return nil }
    return try files.status(source).resolvedPath
  }

  private func packaged(_ source: String, _ kind: ArtifactProperty.Kind) throws -> PackagedCode {
    switch kind {
    case .archive: return try PackagedCode(source, files: files)
    case .bundle where files.isDirectory(source): return try PackagedCode(source, files: files)
    case .bundle, .file, .template: return try PackagedCode.file(source, files: files)
    }
  }

  // MARK: Nested templates

  /// The asset of a nested template, itself packaged; nil where that failed and was reported.
  private func template(_ source: String, _ place: Place) throws -> Asset? {
    let identity = Self.resolved(source, files)
    if chain.contains(identity) {
      let way = (chain.drop { $0 != identity } + [identity]).map { Self.shown($0) }
      throw PackagingFailure("nests itself: \(way.joined(separator: " → "))")
    }
    if let known = templates[identity] { return known }
    guard chain.count < Self.depthMax, templates.count < Self.templatesMax else {
      throw PackagingFailure(
        "is nested deeper than \(Self.depthMax) stacks, or is one of more than "
          + "\(Self.templatesMax)")
    }
    let written = try packaged(source, .template)
    guard written.bytes.count <= Self.templateBytesMax else {
      throw PackagingFailure("is larger than \(Self.templateBytesMax >> 20) MiB")
    }
    chain.append(identity)
    defer { chain.removeLast() }
    let before = errorCount
    let bytes = rewritten(written.bytes, file: source)
    let code = PackagedCode(bytes, namedAs: source)
    let asset = Asset(
      bucket: bucket, key: code.hash + ".template", size: bytes.count,
      contents: Base64.encode(bytes), templateFile: source)
    templates[identity] = errorCount == before ? asset : .some(nil)
    return errorCount == before ? asset : nil
  }

  private var errorCount: Int { diagnostics.count { $0.severity == .error } }

  /// The text with addresses in place of local paths, lines as they were.
  private func rewritten(_ bytes: [UInt8], file: String) -> [UInt8] {
    // Faults of the text are found when it is planned.
    guard let root = TemplateParser.document(bytes, file: file).root else { return bytes }
    let places = ArtifactPlaces(root)
    diagnostics += places.refusals
    let folder = Self.folder(of: file)
    let text = SourceText(bytes)
    var pieces: [(range: Range<Int>, text: [UInt8])] = []
    for place in places.found {
      let before = errorCount
      var asset = asset(place, in: folder)
      guard errorCount == before else { continue }
      asset.path = nil
      if !inner.contains(where: { $0.key == asset.key }) { inner.append(asset) }
      let range = text.offset(of: place.span.start)..<text.offset(of: place.span.end)
      let lines = bytes[range].count { $0 == 0x0A }
      let value = JSONWriter.compact(place.property.value(asset, region: region))
      pieces.append((range, Array(value.utf8) + Array(repeating: 0x0A, count: lines)))
    }
    var result = bytes
    var end = bytes.count
    for piece in pieces.sorted(by: { $0.range.lowerBound > $1.range.lowerBound })
    where piece.range.upperBound <= end {
      result.replaceSubrange(piece.range, with: piece.text)
      end = piece.range.lowerBound
    }
    return result
  }

  // MARK: Paths

  static func folder(of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  /// A path in a folder, without steps that lead nowhere.
  static func joined(_ folder: String, _ path: String) -> String {
    if path.hasPrefix("/") { return path }
    var rest = path[...]
    while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
    if rest.isEmpty || rest == "." { return folder }
    return folder == "." ? String(rest) : folder == "/" ? "/\(rest)" : "\(folder)/\(rest)"
  }

  private static func resolved(_ file: String, _ files: any FileSystem) -> String {
    do throws(FileFailure) { return try files.status(file).resolvedPath } catch { return file }
  }

  private static func shown(_ file: String) -> String {
    file.split(separator: "/").last.map(String.init) ?? file
  }
}

extension ArtifactProperty {
  /// The value that takes the place of a path.
  func value(_ asset: Asset, region: String) -> PropertyValue {
    switch form {
    case .pointer(let bucket, let key):
      .object(
        PropertyObject([(bucket, .string(asset.bucket)), (key, .string(asset.key))]))
    case .address: .string("s3://\(asset.bucket)/\(asset.key)")
    case .url: .string("https://s3.\(region).amazonaws.com/\(asset.bucket)/\(asset.key)")
    }
  }
}
