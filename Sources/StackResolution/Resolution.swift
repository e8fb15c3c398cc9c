import Diagnostics
import PropertyTree
import ResourceModel
import StackModel
import TemplateParsing

/// The working state of one resolution. Its extensions hold one step each.
final class Resolution {
  /// The meaning of a name in `Ref`.
  enum Symbol {
    case parameter
    case resource(Int)
  }

  enum ResourceStatus {
    case pending
    /// Its condition is false.
    case pruned
    /// Wrong in a way that has been reported; what refers to it is not reported again.
    case failed
    case identified(ResourceIdentity)
  }

  /// A reference from one resource to another.
  struct Edge {
    var target: Int
    var span: SourceSpan
  }

  let template: Template
  let environment: StackEnvironment
  let catalog: ResourceCatalog
  let exports: [String: String]?
  let outputs: [StackOutputReference: String]?
  let lookup: (DynamicReference) -> DynamicAnswer
  private(set) var diagnostics: [Diagnostic] = []
  /// The number of errors among them, beyond `findingsMax` too.
  private(set) var errorCount = 0

  let symbols: [String: Symbol]
  /// Parameters called like a resource.
  let sharedNames: [(name: Spanned<String>, resource: Int)]
  let conditionIndex: [String: Int]
  let mappingIndex: [String: Int]
  var mappings: [MappingTable?]
  /// By name; nil inside for a parameter whose value is wrong or missing.
  var parameters: [String: PropertyValue?] = [:]
  var parameterValues: [ParameterValue] = []
  /// Names of parameters without a value, in a template that is looked at by itself.
  var assumed: [Spanned<String>] = []
  /// Parameters whose value is the text `AWS::NoValue`.
  var emptyParameters: Set<String> = []
  /// Names of parameters that have their default.
  var defaulted: Set<String> = []
  /// Conditions that depend on parameters without a value.
  var assumedConditions: Set<String> = []
  /// By index; nil for a condition that can't be evaluated.
  var conditions: [Bool?]
  var statuses: [ResourceStatus]
  var edges: [[Edge]]

  /// True where what nothing provisions is left out, not refused.
  let allowsUnsupported: Bool
  /// True where all that counts is what must be left out.
  let isProbing: Bool
  /// The resources that are left out.
  var leftOut: Set<Int> = []
  /// True once names may stand for what is left out, here or in the stack around.
  var holdsPlaceholders = false
  /// Resources of provisioned types that can't be made as they are written, with the reason.
  var unprovisionable: [Int: LeavingOut]
  /// Properties that are left out, by resource.
  var leftOutProperties: [Int: [PropertyPath]] = [:]

  /// Of each provisioned type that has come up.
  var typeRules: [String: TypeRules] = [:]
  let patterns = PatternCache()
  /// Resources that nothing provisions, by type and naming values.
  var identities: [[PropertyValue]: Int] = [:]

  var usedParameters: Set<String> = []
  var usedConditions: Set<String> = []
  var usedMappings: Set<String> = []
  /// True once a mapping is named by something other than its literal name.
  var usesAnyMapping = false

  /// Stands for a value whose error has been reported.
  static let unresolved = PropertyValue.unknown("unresolved")

  static let findingsMax = 500
  private var suggestionsLeft = 50

  /// Names of exports that live values read.
  var imports: Set<String> = []
  /// The place of the value that is being answered, which says what a dynamic reference means
  /// there.
  var dynamicPlace = DynamicPlace.elsewhere
  /// True once a dynamic reference has come up: properties are looked through from then on.
  var hasDynamicReferences = false
  /// Values from stores of secrets, which no message may show.
  var secrets: Set<String> = []
  /// The bytes that functions may still give: templates can double text at each level.
  private var bytesLeft = 64 << 20

  init(
    _ template: Template, environment: StackEnvironment, catalog: ResourceCatalog,
    exports: [String: String]?, outputs: [StackOutputReference: String]?,
    allowsUnsupported: Bool, leavingOut: [Int: LeavingOut]? = [:],
    lookup: @escaping (DynamicReference) -> DynamicAnswer
  ) {
    self.template = template
    self.exports = exports
    self.outputs = outputs
    self.allowsUnsupported = allowsUnsupported
    isProbing = leavingOut == nil
    unprovisionable = leavingOut ?? [:]
    self.lookup = lookup
    self.environment = environment
    self.catalog = catalog
    var symbols: [String: Symbol] = [:]
    symbols.reserveCapacity(template.resources.count + template.parameters.count)
    for index in template.resources.indices {
      symbols[template.resources[index].logicalID.value] = .resource(index)
    }
    var shared: [(name: Spanned<String>, resource: Int)] = []
    for parameter in template.parameters {
      if case .resource(let index) = symbols[parameter.name.value] {
        shared.append((parameter.name, index))
      }
      symbols[parameter.name.value] = .parameter
    }
    self.symbols = symbols
    sharedNames = shared
    conditionIndex = Dictionary(
      template.conditions.enumerated().map { ($1.name.value, $0) }, uniquingKeysWith: { a, _ in a })
    mappingIndex = Dictionary(
      template.mappings.enumerated().map { ($1.name.value, $0) }, uniquingKeysWith: { a, _ in a })
    mappings = Array(repeating: nil, count: template.mappings.count)
    conditions = Array(repeating: nil, count: template.conditions.count)
    statuses = Array(repeating: .pending, count: template.resources.count)
    edges = Array(repeating: [], count: template.resources.count)
  }

  /// True where the template is looked at without an environment, so that what lies outside of it
  /// is not known.
  var isByItself: Bool { exports == nil }

  func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan?,
    hint: @autoclosure () -> String? = nil, severity: Diagnostic.Severity = .error,
    related: [Diagnostic.Related] = [], sentence: CloudFormationSentence? = nil
  ) {
    // To look for what was meant takes long; what is not shown needs no hint.
    let hint = diagnostics.count < Self.findingsMax ? hint() : nil
    report(
      Diagnostic(
        code, message, at: span, hint: hint, severity: severity, related: related,
        sentence: sentence))
  }

  func report(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { errorCount += 1 }
    guard diagnostics.count < Self.findingsMax else { return }
    var diagnostic = diagnostic
    // A message may quote a value that a parameter with NoEcho has gone into.
    for text in parameterValues.flatMap(\.secretTexts) {
      diagnostic.message = diagnostic.message.replacing(text, with: "****")
    }
    for secret in secrets where !secret.isEmpty {
      diagnostic.message = diagnostic.message.replacing(secret, with: "****")
    }
    diagnostics.append(diagnostic)
  }

  /// Counts text that a function is about to give; false, with one finding, where it is too much.
  func spend(_ bytes: Int, at span: SourceSpan) -> Bool {
    guard bytesLeft >= 0 else { return false }
    bytesLeft -= bytes + 1
    guard bytesLeft < 0 else { return true }
    report(.tooLarge, "the template's functions give more than 64 MiB of text", at: span)
    return false
  }

  /// `did you mean …?`, for the first findings only: looking through thousands of names takes long.
  func suggestion(_ word: String, among candidates: @autoclosure () -> [String]) -> String? {
    guard suggestionsLeft > 0 else { return nil }
    suggestionsLeft -= 1
    return Suggestion.didYouMean(word, among: candidates())
  }

  /// Transforms rewrite a template before anything else is read; none but the language extensions,
  /// whose functions are always there, can be carried out.
  func checkTransforms() {
    for transform in template.transforms where transform.value != LanguageExtensions.name {
      report(
        .unsupportedTransform, "Leat does not implement the transform `\(transform.value)`",
        at: transform.span,
        hint: Suggestion.didYouMean(transform.value, among: Self.knownTransforms)
          ?? "write out what it would produce")
    }
  }

  static let knownTransforms = [
    LanguageExtensions.name, "AWS::Include", "AWS::Serverless-2016-10-31",
  ]

  /// Definitions that nothing reads.
  func reportUnused() {
    // Transforms that are carried out have read what is not there any more, and have made what
    // nobody wrote; others could do anything.
    let written = template.writtenNames
    guard template.transforms.allSatisfy({ $0.value == LanguageExtensions.name }),
      written != nil || template.transforms.isEmpty
    else { return }
    for parameter in template.parameters where !usedParameters.contains(parameter.name.value) {
      guard written?.isUnused(parameter: parameter.name.value) ?? true else { continue }
      warnUnused("parameter", parameter.name)
    }
    for condition in template.conditions where !usedConditions.contains(condition.name.value) {
      guard written?.isUnused(condition: condition.name.value) ?? true else { continue }
      warnUnused("condition", condition.name)
    }
    for mapping in template.mappings
    where !usesAnyMapping && !usedMappings.contains(mapping.name.value) {
      guard written?.isUnused(mapping: mapping.name.value) ?? true else { continue }
      warnUnused("mapping", mapping.name)
    }
  }

  private func warnUnused(_ kind: String, _ name: Spanned<String>) {
    report(
      .unusedDefinition, "the \(kind) `\(name.value)` is not used", at: name.span,
      hint: "remove it, or refer to it", severity: .warning)
  }
}
