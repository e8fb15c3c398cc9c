import StackModel

/// A graph as SVG, drawn without the help of another program.
/// https://www.w3.org/TR/SVG11/
struct GraphPicture {
  private struct Box {
    var x = 0.0
    var y = 0.0
    var width = 0.0
    var height = 0.0

    var middle: Double { y + height / 2 }
  }

  private let graph: ResourceGraph
  /// Of the layout's vertices.
  private var boxes: [Box]
  private let passages: [[Int]]
  private var width = 0.0
  private var height = 0.0

  // Pixels.
  private static let boxHeight = 44.0
  /// A line's, where it passes a column.
  private static let lineHeight = 6.0
  private static let rowGap = 18.0
  private static let columnGap = 72.0
  private static let margin = 20.0
  private static let characterWidth = 7.6
  private static let legendHeight = 28.0

  init(_ graph: ResourceGraph) {
    self.graph = graph
    let layout = GraphLayout(graph)
    passages = layout.passages
    boxes = Array(repeating: Box(), count: layout.vertexCount)
    func height(_ vertex: Int) -> Double {
      layout.isNode(vertex) ? Self.boxHeight : Self.lineHeight
    }
    let heights = layout.columns.map { column in
      column.reduce(-Self.rowGap) { $0 + height($1) + Self.rowGap }
    }
    let inner = heights.max() ?? 0
    var x = Self.margin
    for (column, own) in zip(layout.columns, heights) {
      let width =
        column.filter(layout.isNode).map { Self.width(of: graph.nodes[$0]) }.max() ?? 0
      var y = Self.margin + (inner - own) / 2
      for vertex in column {
        boxes[vertex] = Box(x: x, y: y, width: width, height: height(vertex))
        y += height(vertex) + Self.rowGap
      }
      x += width + Self.columnGap
    }
    width = max(x - Self.columnGap, Self.legendWidth(graph)) + Self.margin
    self.height = inner + 2 * Self.margin + (graph.actions.isEmpty ? 0 : Self.legendHeight)
  }

  private static func title(_ node: ResourceGraph.Node) -> String { GraphText.sign(node) + node.id }

  private static func width(of node: ResourceGraph.Node) -> Double {
    Double(max(title(node).count, node.type.count)) * characterWidth + 24
  }

  private static func legendWidth(_ graph: ResourceGraph) -> Double {
    margin + Double(graph.actions.count) * 90
  }

  var lines: [String] {
    var lines = [
      Self.tag(
        "svg",
        [
          ("xmlns", "http://www.w3.org/2000/svg"), ("width", text(width)), ("height", text(height)),
          ("viewBox", "0 0 \(text(width)) \(text(height))"),
          ("font-family", "ui-monospace,Menlo,Consolas,monospace"), ("font-size", "12"),
        ]), Self.tip,
      Self.tag(
        "rect", [("width", "100%"), ("height", "100%"), ("fill", "#ffffff")], isClosed: true),
    ]
    let numbers = Dictionary(
      graph.nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    for (edge, passage) in zip(graph.edges, passages) {
      guard let from = numbers[edge.from], let to = numbers[edge.to] else { continue }
      lines.append(line(from: boxes[from], by: passage.map { boxes[$0] }, to: boxes[to]))
    }
    for (node, box) in zip(graph.nodes, boxes) { lines.append(picture(of: node, box)) }
    for (number, action) in graph.actions.enumerated() { lines.append(legend(action, number)) }
    lines.append("</svg>")
    return lines
  }

  /// The tip of an arrow.
  private static let tip =
    "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
    + "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#616161\"/></marker></defs>"

  private func legend(_ action: ChangeAction, _ number: Int) -> String {
    let (x, y) = (Self.margin + Double(number) * 90, height - Self.legendHeight)
    let box = Self.tag(
      "rect",
      [
        ("x", text(x)), ("y", text(y)), ("width", "12"), ("height", "12"),
        ("fill", action.colours.fill), ("stroke", action.colours.line),
      ], isClosed: true)
    let name = Self.tag("text", [("x", text(x + 18)), ("y", text(y + 10))])
    return "\(box)\(name)\(action.rawValue)</text>"
  }

  /// From the left side of what needs, straight through its places, to the right side of what is
  /// needed.
  private func line(from: Box, by places: [Box], to: Box) -> String {
    var (x, y) = (from.x, from.middle)
    var path = "M\(text(x)) \(text(y))"
    for place in places + [to] {
      let end = place.x + place.width
      let bend = max((x - end) / 2, 24)
      let numbers = [x - bend, y, end + bend, place.middle, end, place.middle].map(text)
      path += "C\(numbers.joined(separator: " "))"
      (x, y) = (place.x, place.middle)
      if place.height == Self.lineHeight { path += "H\(text(x))" }
    }
    return Self.tag(
      "path",
      [("d", path), ("fill", "none"), ("stroke", "#616161"), ("marker-end", "url(#tip)")],
      isClosed: true)
  }

  private func picture(of node: ResourceGraph.Node, _ box: Box) -> String {
    let colours = node.action?.colours ?? ChangeAction.keep.colours
    let frame = Self.tag(
      "rect",
      [
        ("x", text(box.x)), ("y", text(box.y)), ("width", text(box.width)),
        ("height", text(Self.boxHeight)), ("rx", "6"), ("fill", colours.fill),
        ("stroke", colours.line),
      ], isClosed: true)
    let x = text(box.x + 12)
    let title = Self.tag("text", [("x", x), ("y", text(box.y + 18)), ("font-weight", "bold")])
    let type = Self.tag("text", [("x", x), ("y", text(box.y + 34)), ("fill", "#424242")])
    let parts = [
      "<g><title>", Self.escaped("\(node.id): \(node.type)"), "</title>", frame, title,
      Self.escaped(Self.title(node)), "</text>", type, Self.escaped(node.type), "</text></g>",
    ]
    return parts.joined()
  }

  private static func tag(_ name: String, _ attributes: [(String, String)], isClosed: Bool = false)
    -> String
  {
    let written = attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
    return "<\(name)\(written)\(isClosed ? "/" : "")>"
  }

  /// Tenths of a pixel.
  private func text(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }

  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
