import Diagnostics

/// A Swagger or OpenAPI definition that the transform fills. Paths and methods may be `Fn::If`;
/// then each branch is changed that isn't nothing.
///
/// Paths are kept in a table of their own, so that an event costs the same however many there are.
struct ApiDocument {
  /// All but the paths; an empty object stands where they belong.
  private var rest: Tree
  private var restCopies = 0
  private var table: PathTable?
  private var copies = 0
  /// The statements of the resource policy, where the transform has added some.
  private var policy: PolicyStatements?
  /// Ways of authorization that take their place with the next copy, after all else that the same
  /// event or property adds: the order of keys depends on it.
  private var definitions: [SecurityDefinition] = []

  private struct SecurityDefinition {
    var name: String
    var definition: Tree
    var span: SourceSpan?
    var isReplacing: Bool
  }

  static let anyMethod = "x-amazon-apigateway-any-method"
  static let integration = "x-amazon-apigateway-integration"

  init(_ body: Tree) {
    rest = body
    take()
  }

  /// The whole, which takes time by its size.
  var body: Tree {
    get {
      var copy = self
      copy.placeDefinitions()
      copy.makeCopies()
      if copy.table != nil { copy.rest["paths"] = copy.table?.tree() }
      if let policy = copy.policy { copy.rest[ResourcePolicy.key] = policy.tree(copies: copies) }
      return copy.rest
    }
    set {
      rest = newValue
      restCopies = copies
      policy = nil
      definitions = []
      take()
    }
  }

  /// A part of the definition other than its paths and its policy.
  subscript(key: String) -> Tree? {
    mutating get {
      makeCopies()
      return rest[key]
    }
    set {
      makeCopies()
      rest[key] = newValue
    }
  }

  /// True for what is a definition of the style.
  func isValid(_ style: ApiStyle) -> Bool { style.isValid(rest) }

  private mutating func take() {
    guard let paths = rest["paths"], paths.members != nil else {
      table = nil
      return
    }
    table = PathTable(paths)
    rest["paths"] = Tree(.object([]), span: paths.span)
  }

  private mutating func makeCopies() {
    guard restCopies < copies else { return }
    rest = PythonOrder.copied(rest, times: copies - restCopies)
    restCopies = copies
  }

  /// REST APIs have at most 300 resources. Beyond, copies are no longer counted.
  private static let pathsMax = 300

  /// Copies the whole, which settles the order of keys that deployments are hashed in.
  mutating func copy() {
    placeDefinitions()
    guard (table?.count ?? 0) <= Self.pathsMax else { return }
    copies += 1
    table?.copy()
  }

  /// Names a way of authorization that methods ask for.
  mutating func addSecurityDefinition(
    _ name: String, _ definition: Tree, at span: SourceSpan? = nil, replacing: Bool = false
  ) {
    definitions.append(
      SecurityDefinition(name: name, definition: definition, span: span, isReplacing: replacing))
  }

  private mutating func placeDefinitions() {
    guard !definitions.isEmpty else { return }
    var all = self["securityDefinitions"] ?? .emptyObject
    for new in definitions where new.isReplacing || all[new.name] == nil {
      all.set(new.name, new.definition, keySpan: new.span)
    }
    definitions = []
    self["securityDefinitions"] = all
  }

  /// Adds statements to the resource policy.
  mutating func updatePolicy(_ change: (inout PolicyStatements, _ copies: Int) -> Void) {
    makeCopies()
    var statements = policy ?? PolicyStatements(rest[ResourcePolicy.key], copies: copies)
    policy = nil
    if rest[ResourcePolicy.key] == nil { rest[ResourcePolicy.key] = .emptyObject }
    change(&statements, copies)
    policy = statements
  }

  static func isVersion3(_ version: Tree?) -> Bool {
    guard let text = version?.text else { return false }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return (parts.count == 2 || parts.count == 3) && parts[0] == "3"
      && parts.dropFirst().allSatisfy { $0.utf8.count == 1 && $0.first?.isNumber == true }
  }

  /// The key under which a method stands.
  static func key(of method: String) -> String {
    let lower = method.lowercased()
    return lower == "any" ? anyMethod : lower
  }

  /// The names of the paths in their order.
  var paths: [String] {
    mutating get { table?.keys() ?? [] }
  }

  /// A path's item; nil where it says nothing.
  func item(of path: String) -> Tree? { table?.item(path) }

  func keySpan(of path: String) -> SourceSpan? { table?.keySpan(path) }

  /// Values that may really be there: the branches of `Fn::If` but for nothing, or the value
  /// itself.
  static func contents(_ tree: Tree) -> [Tree] {
    guard let branches = tree["Fn::If"]?.elements else { return [tree] }
    return branches.dropFirst().filter { !$0.isNoValue }
  }

  static func update(_ tree: inout Tree, _ change: (inout Tree) -> Void) {
    guard let branches = tree["Fn::If"], var elements = branches.elements else {
      change(&tree)
      return
    }
    for index in elements.indices.dropFirst() where !elements[index].isNoValue {
      change(&elements[index])
    }
    tree["Fn::If"] = Tree(.list(elements), span: branches.span)
  }

  mutating func updateItems(of path: String, _ change: (inout Tree) -> Void) {
    table?.update(path) { Self.update(&$0, change) }
  }

  /// Changes a path's item, whatever it is.
  mutating func updateWhole(_ path: String, _ change: (inout Tree) -> Void) {
    table?.update(path, change)
  }

  /// Adds a path and a method unless they are there.
  mutating func addPath(_ path: Tree, _ method: String) {
    guard let name = path.string else { return }
    if table == nil {
      table = PathTable(.emptyObject)
      self["paths"] = .emptyObject
    }
    table?.addItem(name, keySpan: path.span)
    let key = Self.key(of: method)
    let span = method.lowercased() == "any" ? nil : path.span
    updateItems(of: name) { item in
      if item[key] == nil { item.set(key, .emptyObject, keySpan: span) }
    }
  }

  /// True where each branch of the path integrates the method already.
  func hasIntegration(_ path: String, _ method: String) -> Bool {
    guard let item = table?.item(path) else { return false }
    let key = Self.key(of: method)
    return Self.contents(item).allSatisfy { item in
      guard let definition = item[key] else { return false }
      return Self.contents(definition).contains(where: Self.isIntegrated)
    }
  }

  static func isIntegrated(_ definition: Tree) -> Bool {
    definition[integration]?.isTruthy == true
  }

  /// Puts an integration into a method, under the function's condition where it has one.
  mutating func integrate(
    _ path: Tree, _ method: String, condition: Tree?, _ change: (inout Tree) -> Void
  ) {
    addPath(path, method)
    let key = Self.key(of: method)
    updateItems(of: path.string ?? "") { item in
      var definition = item[key] ?? .emptyObject
      change(&definition)
      item[key] = definition.under(condition)
    }
  }

  /// Changes the integrated definitions of one method.
  mutating func updateMethod(_ path: String, _ method: String, _ change: (inout Tree) -> Void) {
    let key = Self.key(of: method)
    updateItems(of: path) { item in
      guard var definition = item[key] else { return }
      Self.update(&definition) { if Self.isIntegrated($0) { change(&$0) } }
      item[key] = definition
    }
  }

  /// Changes the integrated definitions of all methods of all paths.
  mutating func updateAllMethods(_ change: (String, inout Tree) -> Void) {
    let skipped: Set<String> = ["summary", "description", "parameters"]
    for path in paths {
      updateItems(of: path) { item in
        for key in item.keys where !skipped.contains(key) {
          guard var definition = item[key] else { continue }
          Self.update(&definition) {
            if Self.isIntegrated($0) { change(Self.key(of: key), &$0) }
          }
          item[key] = definition
        }
      }
    }
  }

  /// Appends a requirement to what a definition asks of its callers.
  ///
  /// - Parameter span: where the user wrote the name; nil for names that the transform gives.
  static func addSecurity(
    _ name: String, scopes: Tree = [], at span: SourceSpan? = nil, to definition: inout Tree
  ) {
    let existing = definition["security"]?.elements ?? []
    definition["security"] = Tree(
      existing + [Tree([Tree.Member(name, scopes, keySpan: span)])])
  }
}
