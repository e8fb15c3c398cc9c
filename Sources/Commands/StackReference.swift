import AWSModel
import CloudAssembly
import Diagnostics
import Effects
import PropertyTree
import StackContracts
import StackEngine
import TemplateParsing

/// A stack as the command line names it, found on disk.
struct StackReference {
  /// The path of the template, as diagnostics show it; nil when only a name was given and no file
  /// of that name exists (fine for commands on what is deployed).
  var templateFile: String?
  var templateBytes: [UInt8] = []
  var stackName: String
  /// From `environments/<env>.json`.
  var environmentParameters: [String: String] = [:]

  static let templateNames = ["template.yaml", "template.yml", "template.json"]

  /// - Parameters:
  ///   - isNamed: false where the stack's name does not matter, so that a file may be called
  ///     anything.
  ///   - directory: the working directory.
  /// - Throws: `StackFailure` (LT5001, LT5003).
  init(
    _ options: StackOptions, needsTemplate: Bool, isNamed: Bool = true, files: any FileSystem,
    directory: String = workingDirectory()
  ) throws {
    templateFile = Self.findTemplate(options.stack, files)
    if let templateFile {
      do { templateBytes = try files.read(templateFile) } catch {
        throw StackFailure(.unreadableFile, "can't read \(templateFile): \(error.reason)")
      }
      try Self.checkEncoding(templateBytes, templateFile)
    } else if needsTemplate {
      throw Self.notFound(options.stack, files)
    }
    let base = Self.declaredName(templateBytes) ?? Self.baseName(options.stack, in: directory)
    let prefixed = options.environment.map { "\($0)-\(base)" } ?? base
    stackName =
      options.stackName
      ?? (templateFile == nil && options.environment == nil ? options.stack : prefixed)
    if !isNamed, options.stackName == nil, !Self.isValidName(stackName) { stackName = "stack" }
    guard Self.isValidName(stackName) else {
      throw StackFailure(
        .invalidName, "`\(stackName)` is not a stack's name",
        hint: "a letter, then letters, digits and hyphens, at most 128; give one with --stack-name")
    }
    if let environment = options.environment, let templateFile {
      environmentParameters = try Self.parameters(of: environment, beside: templateFile, files)
    }
  }

  /// A template by its path, for a stack of that name.
  init(_ templateFile: String, named stackName: String, files: any FileSystem) throws {
    self.templateFile = templateFile
    self.stackName = stackName
    templateBytes = try files.read(templateFile)
  }

  /// The template of an assembly's stack.
  init(_ stack: AssemblyStack, files: any FileSystem) throws {
    templateFile = stack.templateFile
    stackName = stack.stackName
    do { templateBytes = try files.read(stack.templateFile) } catch {
      throw StackFailure(.unreadableFile, "can't read \(stack.templateFile): \(error)")
    }
  }

  /// Bytes that are no UTF-8 would be replaced when the text is handed on. What other encodings and
  /// files that are no text hold is told with more by the parser.
  private static func checkEncoding(_ bytes: [UInt8], _ file: String) throws {
    guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]),
      !bytes.prefix(512).contains(0)
    else { return }
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      let before = bytes[..<error.byteOffsets.lowerBound]
      let line = before.count { $0 == 0x0A } + 1
      let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
      throw StackFailure(
        .syntax, "\(file):\(line):\(column): a byte that is not UTF-8",
        hint: "save the file as UTF-8; in Latin-1 every accented letter is such a byte")
    }
  }

  /// Names of the parameters that the template declares.
  var parameterNames: Set<String> {
    let template = TemplateParser.parse(templateBytes, file: templateFile ?? "").template
    return Set((template?.parameters ?? []).map(\.name.value))
  }

  private static func findTemplate(_ text: String, _ files: any FileSystem) -> String? {
    if files.exists(text), !files.isDirectory(text) { return text }
    for folder in [text, "stacks/\(text)"] {
      for name in templateNames where files.exists("\(folder)/\(name)") {
        return "\(folder)/\(name)"
      }
    }
    return nil
  }

  private static func notFound(_ text: String, _ files: any FileSystem) -> StackFailure {
    // No stacks/ folder at all is an ordinary case: there is just nothing to suggest then.
    let known = ((try? files.list("stacks")) ?? []).filter { files.isDirectory("stacks/\($0)") }
    let meant = Suggestion.didYouMean(text, among: known)
    let advice = "name a template file, or a folder that holds template.yaml"
    guard files.isDirectory("stacks") else {
      return StackFailure(.unknownTemplate, "there is no template `\(text)`", hint: advice)
    }
    let stacks =
      known.isEmpty ? "; stacks/ is empty" : ", or one of: \(known.joined(separator: ", "))"
    return StackFailure(
      .unknownTemplate, "there is no template `\(text)` and no folder stacks/\(text)",
      hint: meant ?? advice + stacks)
  }

  /// `Metadata.Leat.StackName` of the template.
  private static func declaredName(_ bytes: [UInt8]) -> String? {
    guard !bytes.isEmpty, TemplateDocument.mayHold("Leat", in: bytes) else { return nil }
    let root = TemplateParser.document(bytes, file: "").root
    let name = root?["Metadata"]?["Leat"]?["StackName"]
    guard let name, name.tag == nil, let text = name.scalar?.text, !text.isEmpty else { return nil }
    return text
  }

  /// The name of the file without its ending, or of the folder that the template lies in. What
  /// `sam build` has made is named by its project.
  ///
  /// - Parameter directory: the working directory, for folders that `text` does not name: `..`.
  static func baseName(_ text: String, in directory: String) -> String {
    var parts = text.split(separator: "/").map(String.init).filter { $0 != "." }
    var isFolder = false
    if parts.count > 1, templateNames.contains(parts[parts.count - 1]) {
      parts.removeLast()
      isFolder = true
    }
    if parts.suffix(2) == samBuild[...] {
      parts.removeLast(2)
      isFolder = true
    }
    guard let last = parts.last, last != ".." else {
      var place = directory.split(separator: "/").map(String.init)
      for part in parts {
        if part == ".." { _ = place.popLast() } else { place.append(part) }
      }
      return place.last ?? text
    }
    guard !isFolder, let dot = last.lastIndex(of: "."), dot != last.startIndex else { return last }
    return String(last[..<dot])
  }

  /// The folder that `sam build` writes.
  private static let samBuild = [".aws-sam", "build"]

  static func isValidName(_ name: String) -> Bool {
    guard let first = name.first, first.isASCII, first.isLetter, name.count <= 128 else {
      return false
    }
    return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
  }

  /// Both of CloudFormation's parameter files: `[{ParameterKey, ParameterValue}]` and
  /// `{"Parameters": {…}}`. No file means no parameters.
  private static func parameters(
    of environment: String, beside template: String, _ files: any FileSystem
  ) throws -> [String: String] {
    var parts = template.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    if parts.suffix(2).map(String.init) == samBuild { parts.removeLast(2) }
    let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
    let path = "\(folder)/environments/\(environment).json"
    guard !environment.contains("/"), files.exists(path) else { return [:] }
    let value: PropertyValue
    do { value = try JSONReader.read(files.read(path)) } catch {
      throw StackFailure(.unreadableFile, "\(path) is not valid JSON: \(error)")
    }
    var parameters: [String: String] = [:]
    if let list = value.listValue {
      for item in list {
        guard let key = item["ParameterKey"]?.stringValue,
          let text = item["ParameterValue"]?.scalarText
        else {
          throw StackFailure(
            .unreadableFile, "an entry of \(path) lacks ParameterKey or ParameterValue")
        }
        parameters[key] = text
      }
    } else if let object = (value["Parameters"] ?? value).objectValue {
      for (key, item) in object {
        guard let text = item.scalarText else {
          throw StackFailure(.unreadableFile, "the value of \(key) in \(path) is not a scalar")
        }
        parameters[key] = text
      }
    }
    return parameters
  }
}
