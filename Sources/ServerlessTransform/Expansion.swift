import Diagnostics
import TemplateParsing

/// One run of the transform over one template: the resources as they change, and what was found.
final class Expansion {
  var root: Tree
  var resources: ResourceTable
  var conditions: TreeTable
  /// Definitions that events are filling, by API; `closeDefinitions` puts them into place.
  private var definitions: [String: ApiDocument] = [:]
  private var authorizations: [String: Tree] = [:]
  /// Events' additions to buckets and user pools.
  var sources = EventSources()
  let parameters: ParameterValues
  /// Answers functions before SAM looks; nil where the template doesn't ask for it.
  let answers: StaticAnswers?
  /// The hashes of local files and folders by the path that the template has.
  let contentHashes: [String: String]
  let isHashOrdered: Bool
  /// The types before the transform, which connectors record.
  let originalTypes: [String: String]
  private(set) var diagnostics: [Diagnostic] = []

  /// Logical ids that changed because a hash is part of them.
  var renamed: [String: String] = [:]
  /// `Function.Alias` and its like: what the second name stands for.
  var referable: [String: [String: String]] = [:]
  /// The names of the functions whose events name an API, which count for its deployment's id.
  var functionNames: [String: String] = [:]
  /// Contributions of all APIs with a shared usage plan to it.
  var sharedUsagePlan = SharedUsagePlan()
  /// Resources that wait for connectors.
  var connections = Connections()
  /// The groups of records that APIs share, by their ids.
  var recordSets: [String: GeneratedResource] = [:]
  /// The functions whose aliases are moved step by step.
  var deployments = GradualDeployments()

  init(_ root: Tree, parameterValues: [String: String], contentHashes: [String: String]) {
    self.root = root
    resources = ResourceTable(root["Resources"])
    conditions = TreeTable(root["Conditions"])
    self.contentHashes = contentHashes
    isHashOrdered = Self.isHashOrdered(root)
    parameters = ParameterValues(given: parameterValues, declared: root["Parameters"])
    answers = StaticAnswers(root, parameters)
    originalTypes = Dictionary(
      resources.all.compactMap { id, tree in tree["Type"]?.string.map { (id, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  func report(_ failure: SAMFailure) {
    guard diagnostics.count < 200, !diagnostics.contains(failure.diagnostic) else { return }
    diagnostics.append(failure.diagnostic)
  }

  func run() -> Tree {
    guard root["Resources"]?.members != nil else { return root }
    answerFunctions()
    attempt { () throws(SAMFailure) in try extractConnectors() }
    attempt { () throws(SAMFailure) in try addMissingDefinitions() }
    for style in ApiStyle.allCases {
      attempt { () throws(SAMFailure) in try addImplicitApi(style) }
    }
    attempt { () throws(SAMFailure) in try mergeGlobals() }
    let (functions, others, connectors) = expansionOrder()
    for id in functions { expand(id) }
    closeDefinitions()
    sources.place(into: &resources)
    for id in others { expand(id) }
    connections = Connections(resources, among: connectors)
    for id in connectors { expand(id) }
    connections.place(into: &resources)
    deployments.place(into: &resources, &conditions, partition: parameters.partition)
    return finished()
  }

  // MARK: Definitions

  /// Changes the definition of an API where it is. Nil where the API has none in the template.
  @discardableResult
  func withDefinition<Result, Failure: Error>(
    of apiID: String, _ change: (inout ApiDocument) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    let written = resources[apiID]?.at("Properties", "DefinitionBody")
    guard var document = definitions.removeValue(forKey: apiID) ?? written.map(ApiDocument.init)
    else { return nil }
    defer { definitions[apiID] = document }
    return try change(&document)
  }

  /// Puts the definitions that were changed into their APIs.
  func closeDefinitions() {
    for (id, document) in definitions { setDefinition(document.body, of: id) }
    definitions = [:]
  }

  /// An API's `Auth` with its parameters known.
  func authorization(of apiID: String, _ api: Tree) -> Tree {
    if let known = authorizations[apiID] { return known }
    let auth = parameters.resolve(api["Auth"]) ?? .emptyObject
    authorizations[apiID] = auth
    return auth
  }

  private func attempt(_ body: () throws(SAMFailure) -> Void) {
    do { try body() } catch { report(error) }
  }

  /// The resources' names in the order in which they are worked on. Templates with REST APIs are
  /// gone through in the order of a hash table, because ids of deployments depend on it.
  ///
  /// - Parameter style: the last of the implicit APIs that are in the table by now.
  func workingOrder(upTo style: ApiStyle = .http) -> [String] {
    guard isHashOrdered else { return resources.order }
    let own = Set(resources.order)
    let implicit = (style == .rest ? [.rest] : ApiStyle.allCases).map(\.implicitID)
    let later = style == .rest ? [] : resources.order
    let ids = (root["Resources"]?.keys ?? []) + implicit + later
    var seen: Set<String> = []
    let unique = ids.filter { seen.insert($0).inserted }
    return PythonOrder.indices(of: unique).map { unique[$0] }.filter(own.contains)
  }

  /// True where the template has a REST API, or an HTTP API with a default authorizer.
  private static func isHashOrdered(_ root: Tree) -> Bool {
    let preset = root.at("Globals", "HttpApi", "Auth", "DefaultAuthorizer") != nil
    return (root["Resources"]?.members ?? []).contains { member in
      let properties = member.value["Properties"]
      switch member.value["Type"]?.string {
      case ApiStyle.rest.resourceType: return true
      case ApiStyle.http.resourceType:
        return preset || properties?.at("Auth", "DefaultAuthorizer") != nil
      case "AWS::Serverless::Function", "AWS::Serverless::StateMachine":
        return (properties?["Events"]?.members ?? []).contains {
          let type = $0.value["Type"]?.string
          return type == "Api" || (type == "HttpApi" && preset)
        }
      default: return false
      }
    }
  }

  /// Functions and state machines first, whose events fill the APIs; connectors last, which look
  /// at what the others became.
  private func expansionOrder() -> (
    functions: [String], others: [String], connectors: [String]
  ) {
    var order: [[String]] = [[], [], [], [], []]
    for id in workingOrder() {
      guard let type = resources.type(of: id), type.hasPrefix("AWS::Serverless::") else {
        continue
      }
      switch type {
      case "AWS::Serverless::Function": order[0].append(id)
      case "AWS::Serverless::StateMachine": order[1].append(id)
      case "AWS::Serverless::Api", "AWS::Serverless::HttpApi": order[2].append(id)
      case "AWS::Serverless::Connector": order[4].append(id)
      default: order[3].append(id)
      }
    }
    return (order[0] + order[1], order[2] + order[3], order[4])
  }

  private func expand(_ id: String) {
    guard var tree = resources[id] else { return }
    if let dependencies = connections.changed(id) { tree["DependsOn"] = dependencies }
    do {
      let declaration = try Declaration(id: id, tree: tree)
      declaration.unknownAttributes.forEach(report)
      let generated = try generate(declaration)
      try place(generated, for: declaration)
    } catch {
      report(error)
      resources[id] = nil
    }
  }

  private func generate(_ declaration: Declaration) throws(SAMFailure) -> [GeneratedResource] {
    switch declaration.type {
    case "AWS::Serverless::Function":
      return try FunctionExpander(declaration, self).expand()
    case "AWS::Serverless::StateMachine":
      return try StateMachineExpander(declaration, self).expand()
    case "AWS::Serverless::Api": return try RestApiExpander(declaration, self).expand()
    case "AWS::Serverless::HttpApi": return try HttpApiExpander(declaration, self).expand()
    case "AWS::Serverless::SimpleTable": return try simpleTable(declaration)
    case "AWS::Serverless::LayerVersion": return try layerVersion(declaration)
    case "AWS::Serverless::Application": return try application(declaration)
    case "AWS::Serverless::Connector":
      return try ConnectorExpander(declaration, self).expand()
    case "AWS::Serverless::GraphQLApi": return try GraphQLExpander(declaration, self).expand()
    case "AWS::Serverless::CapacityProvider":
      return try CapacityProviderExpander(declaration, self).expand()
    case "AWS::Serverless::WebSocketApi", "AWS::Serverless::NetworkConnector",
      "AWS::Serverless::MicrovmImage", "AWS::Serverless::WebFunction":
      throw .unsupported("`\(declaration.type)`", at: declaration.span)
    default:
      let known = [
        "Function", "Api", "HttpApi", "SimpleTable", "LayerVersion", "Application", "Connector",
        "StateMachine", "GraphQLApi", "CapacityProvider",
      ].map { "AWS::Serverless::" + $0 }
      throw SAMFailure(
        .unknownType, "`\(declaration.type)` is not a resource type", at: declaration.span,
        hint: Suggestion.didYouMean(declaration.type, among: known))
    }
  }

  /// Reports each unknown property; goes on with the others.
  func check(_ declaration: Declaration, known: Set<String>) {
    for failure in declaration.unknownProperties(known: known) { report(failure) }
    for failure in declaration.wrongFlags() { report(failure) }
  }

  private func place(_ generated: [GeneratedResource], for declaration: Declaration)
    throws(SAMFailure)
  {
    for resource in generated where resource.id != declaration.id {
      guard let other = originalTypes[resource.id], other != resource.type else { continue }
      throw SAMFailure(
        .invalidName,
        "`\(declaration.id)` makes a resource called `\(resource.id)`, which is declared too",
        at: declaration.span, hint: "give one of them another name")
    }
    resources.replace(declaration.id, with: generated)
    for resource in generated { connections.note(resource.id, waitsFor: resource.dependsOn) }
  }
}

extension Expansion {
  /// Puts the sections together and resolves the references that only SAM knows.
  private func finished() -> Tree {
    var result = root
    result["Globals"] = nil
    let transforms = (root["Transform"]?.asList ?? [])
      .filter { $0.string != ServerlessTransform.name }
    result["Transform"] =
      transforms.isEmpty ? nil : Tree(.list(transforms), span: root["Transform"]?.span)
    if !conditions.isEmpty {
      result["Conditions"] = conditions.tree.placed(at: root["Conditions"]?.span)
    }
    var members: [Tree.Member] = []
    let spans = Dictionary(
      (root["Resources"]?.members ?? []).map { ($0.key, $0.keySpan) },
      uniquingKeysWith: { first, _ in first })
    for (id, tree) in resources.all {
      let span = (spans[id] ?? nil) ?? tree.span
      var tree = withoutMarkers(tree)
      // Resources that the template doesn't have stand where it begins, and not everywhere.
      tree.span =
        tree.span
        ?? root.span.map { SourceSpan(file: $0.file, start: $0.start, end: $0.start) }
      members.append(Tree.Member(id, tree, keySpan: span))
    }
    result["Resources"] = Tree(.object(members), span: root["Resources"]?.span)
    return resolveReferences(in: result)
  }

  private func withoutMarkers(_ tree: Tree) -> Tree {
    guard tree["Connectors"] != nil else { return tree }
    var tree = tree
    tree["Connectors"] = nil
    return tree
  }
}
