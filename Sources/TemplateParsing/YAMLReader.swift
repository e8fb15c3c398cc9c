import CLibYAML
import Diagnostics

/// Turns libyaml's events into a tree of nodes. No recursion: the depth of the text is bounded by
/// `DocumentLimits`, never by the stack.
struct YAMLReader {
  private struct Key {
    var name: Spanned<String>
    var isMerge: Bool
    /// Wrong in a way that has been reported; its value is read and dropped.
    var isInvalid = false
  }

  private struct Frame {
    var isMapping: Bool
    var mapping = MappingBuilder()
    var elements: [TemplateNode] = []
    var key: Key?
    var tag: String?
    var anchor: String?
    var start: SourcePosition
  }

  private let source: SourceFile
  private var frames: [Frame] = []
  private var anchors: [String: (node: TemplateNode, weight: Int)] = [:]
  private var aliasedNodes = 0
  private var root: TemplateNode?
  private var documents = 0
  private(set) var diagnostics: [Diagnostic] = []
  private var isStopped = false
  /// A value is missing that has been reported: what stands around it would be judged wrongly.
  private var isIncomplete = false

  private init(file: String) { source = SourceFile(file) }

  /// The document's root, or nil where there is none or where the text can't be read.
  static func read(_ bytes: UnsafeBufferPointer<UInt8>, file: String)
    -> (root: TemplateNode?, diagnostics: [Diagnostic])
  {
    var reader = YAMLReader(file: file)
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else {
      reader.report(.syntax, "not enough memory to read the template", at: nil)
      return (nil, reader.diagnostics)
    }
    defer { yaml_parser_delete(&parser) }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
    var event = yaml_event_t()
    while !reader.isStopped {
      guard yaml_parser_parse(&parser, &event) == 1 else {
        reader.reportSyntax(parser, bytes)
        reader.isStopped = true
        break
      }
      let isEnd = event.type == YAML_STREAM_END_EVENT
      reader.handle(event)
      yaml_event_delete(&event)
      if isEnd { break }
    }
    return (reader.isStopped || reader.isIncomplete ? nil : reader.root, reader.diagnostics)
  }

  private mutating func handle(_ event: yaml_event_t) {
    switch event.type {
    case YAML_DOCUMENT_START_EVENT:
      documents += 1
      if documents == 2 {
        report(
          .syntax, "a template is a single document", at: span(event),
          hint: "remove `---` and what follows")
        isStopped = true
      }
    case YAML_SCALAR_EVENT: scalar(event)
    case YAML_ALIAS_EVENT: alias(event)
    case YAML_SEQUENCE_START_EVENT:
      let data = event.data.sequence_start
      open(isMapping: false, tag: data.tag, anchor: data.anchor, event)
    case YAML_MAPPING_START_EVENT:
      let data = event.data.mapping_start
      open(isMapping: true, tag: data.tag, anchor: data.anchor, event)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: close(event)
    default: break
    }
  }

  // MARK: Events

  private mutating func scalar(_ event: yaml_event_t) {
    let data = event.data.scalar
    let text = String(
      decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
    let isPlain = data.style == YAML_PLAIN_SCALAR_STYLE
    let node = TemplateNode(
      .scalar(TemplateScalar(text, isPlain: isPlain)), tag: string(data.tag), span: span(event))
    accept(node, anchor: data.anchor == nil ? nil : string(data.anchor))
  }

  private mutating func alias(_ event: yaml_event_t) {
    let name = string(event.data.alias.anchor) ?? ""
    guard let (node, weight) = anchors[name] else {
      report(
        .unknownAnchor, "`*\(name)` names an anchor that is not defined above it", at: span(event),
        hint: Suggestion.didYouMean(name, among: anchors.keys) ?? "define it first with `&\(name)`"
      )
      isIncomplete = true
      accept(
        TemplateNode(.scalar(TemplateScalar("", isPlain: true)), span: span(event)), anchor: nil)
      return
    }
    aliasedNodes += weight
    guard aliasedNodes <= DocumentLimits.aliasedNodesMax else {
      report(
        .tooLarge,
        "the aliases stand for more than \(DocumentLimits.aliasedNodesMax) values", at: span(event))
      isStopped = true
      return
    }
    accept(node, anchor: nil)
  }

  private mutating func open(
    isMapping: Bool, tag: UnsafePointer<UInt8>?, anchor: UnsafePointer<UInt8>?,
    _ event: yaml_event_t
  ) {
    guard frames.count < DocumentLimits.depthMax else {
      report(
        .tooDeep, "nested deeper than \(DocumentLimits.depthMax) levels", at: span(event))
      isStopped = true
      return
    }
    frames.append(
      Frame(
        isMapping: isMapping, tag: string(tag), anchor: string(anchor),
        start: position(event.start_mark)))
  }

  private mutating func close(_ event: yaml_event_t) {
    guard var frame = frames.popLast() else { return }
    let end = position(event.end_mark)
    let span = SourceSpan(source: source, start: frame.start, end: end)
    let content: TemplateNode.Content
    if frame.isMapping {
      var found: [Diagnostic] = []
      content = .mapping(frame.mapping.finish { found.append($0) })
      add(found)
    } else {
      content = .sequence(frame.elements)
    }
    accept(TemplateNode(content, tag: frame.tag, span: span), anchor: frame.anchor)
  }

  private mutating func accept(_ node: consuming TemplateNode, anchor: String?) {
    if let anchor { anchors[anchor] = (copy node, weight(of: node)) }
    guard let last = frames.indices.last else {
      root = node
      return
    }
    guard frames[last].isMapping else {
      frames[last].elements.append(node)
      return
    }
    guard let key = frames[last].key else {
      frames[last].key = keyName(node)
      return
    }
    frames[last].key = nil
    guard !key.isInvalid else { return }
    var found: [Diagnostic] = []
    frames[last].mapping.add(
      TemplateEntry(key: key.name, value: node), isMergeKey: key.isMerge
    ) { found.append($0) }
    if !found.isEmpty { add(found) }
  }

  private mutating func keyName(_ node: TemplateNode) -> Key {
    guard let scalar = node.scalar else {
      report(
        .wrongShape, "a key must be a single word, this is \(node.shape)", at: node.span,
        hint: node.entries == nil
          ? nil : "put text with `{{ … }}` in quotes; to put a value in, use `!Sub` or `!Ref`")
      isIncomplete = true
      return Key(name: Spanned("", node.span), isMerge: false, isInvalid: true)
    }
    return Key(
      name: Spanned(scalar.text, node.span), isMerge: scalar.isPlain && scalar.text == "<<")
  }

  private func weight(of node: TemplateNode) -> Int {
    switch node.content {
    case .scalar: 1
    case .sequence(let elements): elements.reduce(1) { $0 + weight(of: $1) }
    case .mapping(let entries): entries.reduce(1) { $0 + weight(of: $1.value) }
    }
  }

  // MARK: Places and findings

  private func string(_ pointer: UnsafePointer<UInt8>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func position(_ mark: yaml_mark_t) -> SourcePosition {
    SourcePosition(line: mark.line + 1, column: mark.column + 1)
  }

  private func span(_ event: yaml_event_t) -> SourceSpan {
    SourceSpan(source: source, start: position(event.start_mark), end: position(event.end_mark))
  }

  private func character(at place: SourcePosition) -> SourceSpan {
    let end = SourcePosition(line: place.line, column: place.column + 1)
    return SourceSpan(source: source, start: place, end: end)
  }

  private mutating func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan?, hint: String? = nil
  ) {
    add([Diagnostic(code, message, at: span, hint: hint)])
  }

  private mutating func add(_ found: [Diagnostic]) {
    diagnostics += found
    if diagnostics.count >= DocumentLimits.diagnosticsMax { isStopped = true }
  }

  private mutating func reportSyntax(
    _ parser: yaml_parser_t, _ bytes: UnsafeBufferPointer<UInt8>
  ) {
    let problem = parser.problem.map { String(cString: $0) } ?? "the text can't be read"
    if let whole = SyntaxProblem.ofWhole(bytes) {
      let start = SourcePosition(line: 1, column: 1)
      return report(.syntax, whole.message, at: character(at: start), hint: whole.hint)
    }
    guard parser.error != YAML_READER_ERROR else { return reportBytes(parser, problem, bytes) }
    let source = SourceText(Array(bytes))
    if let line = SyntaxProblem.conflictLine(in: bytes) {
      return report(
        .syntax, "a merge conflict was left in the file",
        at: character(at: SourcePosition(line: line, column: 1)),
        hint: "choose one side, and remove the lines of `<<<<<<<`, `=======` and `>>>>>>>`")
    }
    let place = position(parser.problem_mark)
    let lineStart = source.offset(of: SourcePosition(line: place.line, column: 1))
    let offset = source.offset(of: place)
    let line = source.bytes[lineStart...].prefix { $0 != 0x0A && $0 != 0x0D }
    let found = SyntaxProblem.explain(problem, line: line, column: offset - lineStart)
    let start = character(at: position(parser.context_mark))
    let isAtContext = found.isAtContext && parser.context != nil
    var diagnostic = Diagnostic(
      .syntax, found.message, at: isAtContext ? start : character(at: place), hint: found.hint)
    if !isAtContext, let context = parser.context.map({ String(cString: $0) }) {
      let isFlow = context.hasPrefix("while parsing a flow")
      let isElsewhere = start.start != place && isFlow
      if isElsewhere || parser.context_mark.line + 1 < place.line {
        diagnostic.related = [.init(span: start, label: SyntaxProblem.label(context))]
      }
    }
    add([diagnostic])
  }

  /// A byte that no text has.
  private mutating func reportBytes(
    _ parser: yaml_parser_t, _ problem: String, _ bytes: UnsafeBufferPointer<UInt8>
  ) {
    let place = SourceText(Array(bytes)).position(ofOffset: parser.problem_offset)
    if problem.hasPrefix("control characters") {
      let digits = String(UInt32(truncatingIfNeeded: parser.problem_value), radix: 16).uppercased()
      let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
      report(
        .syntax, "the text holds the control character \(name)", at: character(at: place),
        hint: "remove it")
    } else {
      report(
        .syntax, "the text is not UTF-8: \(problem)", at: character(at: place),
        hint: "save the file as UTF-8")
    }
  }
}
