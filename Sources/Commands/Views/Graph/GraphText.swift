/// A graph in languages that other programs draw.
enum GraphText {
  // MARK: Mermaid

  /// https://mermaid.js.org/syntax/flowchart.html
  static func mermaid(_ graph: ResourceGraph) -> [String] {
    var lines = ["flowchart LR"]
    let numbers = Dictionary(
      graph.nodes.enumerated().map { ($1.id, "n\($0)") }, uniquingKeysWith: { first, _ in first })
    func number(_ id: String) -> String { numbers[id] ?? "" }
    lines += grouped(graph.nodes) { depth, group in
      "\(indent(depth))subgraph \(mermaidText(group))"
    } end: {
      "\(indent($0))end"
    } node: { depth, node in
      let label = mermaidText("\(sign(node))\(node.name)<br/>\(node.type)")
      return "\(indent(depth))\(number(node.id))[\(label)]"
    }
    lines += graph.edges.map { "  \(number($0.from)) --> \(number($0.to))" }
    for action in graph.actions {
      let colours = action.colours
      lines.append(
        "  classDef \(action.rawValue) fill:\(colours.fill),stroke:\(colours.line),color:#000")
      let members = graph.nodes.filter { $0.action == action }.map { number($0.id) }
      lines.append("  class \(members.joined(separator: ",")) \(action.rawValue)")
    }
    return lines
  }

  private static func mermaidText(_ text: String) -> String {
    "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "#quot;"))\""
  }

  // MARK: DOT

  /// https://graphviz.org/doc/info/lang.html
  static func dot(_ graph: ResourceGraph) -> [String] {
    var lines = [
      "digraph {", "  rankdir=LR",
      "  node [shape=box style=\"rounded,filled\" fillcolor=\"#f2f2f2\"]",
    ]
    var clusters = 0
    lines += grouped(graph.nodes) { depth, group in
      clusters += 1
      return "\(indent(depth))subgraph cluster_\(clusters) { label=\(dotText(group))"
    } end: {
      "\(indent($0))}"
    } node: { depth, node in
      // The backslash before `n` is DOT's own.
      let label =
        "\(dotText("\(sign(node))\(node.name)").dropLast())\\n\(dotText(node.type).dropFirst())"
      let colours = node.action.map {
        " fillcolor=\"\($0.colours.fill)\" color=\"\($0.colours.line)\""
      }
      return "\(indent(depth))\(dotText(node.id)) [label=\(label)\(colours ?? "")]"
    }
    lines += graph.edges.map { "  \(dotText($0.from)) -> \(dotText($0.to))" }
    lines.append("}")
    return lines
  }

  private static func dotText(_ text: String) -> String {
    var quoted = "\""
    for character in text {
      if character == "\"" || character == "\\" { quoted.append("\\") }
      quoted.append(character)
    }
    return quoted + "\""
  }

  // MARK: Groups

  static func sign(_ node: ResourceGraph.Node) -> String {
    guard let action = node.action, action != .keep else { return "" }
    return "\(action.sign) "
  }

  private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth + 1) }

  /// Nodes with a line before and behind each group of them.
  private static func grouped(
    _ nodes: [ResourceGraph.Node], begin: (Int, String) -> String, end: (Int) -> String,
    node line: (Int, ResourceGraph.Node) -> String
  ) -> [String] {
    var lines: [String] = []
    var open: [String] = []
    func leave(to depth: Int) {
      while open.count > depth {
        open.removeLast()
        lines.append(end(open.count))
      }
    }
    for node in contiguous(nodes) {
      let shared = zip(open, node.groups).prefix { $0 == $1 }.count
      leave(to: shared)
      for group in node.groups[shared...] {
        lines.append(begin(open.count, group))
        open.append(group)
      }
      lines.append(line(open.count, node))
    }
    leave(to: 0)
    return lines
  }

  /// The members of each group side by side, inner groups behind them.
  private static func contiguous(_ nodes: [ResourceGraph.Node]) -> [ResourceGraph.Node] {
    var places: [[String]: Int] = [:]
    for node in nodes {
      for depth in 0...node.groups.count {
        let group = Array(node.groups[..<depth])
        if places[group] == nil { places[group] = places.count }
      }
    }
    func path(_ node: ResourceGraph.Node) -> [Int] {
      (0...node.groups.count).map { places[Array(node.groups[..<$0])] ?? 0 }
    }
    return nodes.enumerated().sorted { first, second in
      let (left, right) = (path(first.element), path(second.element))
      return left == right ? first.offset < second.offset : left.lexicographicallyPrecedes(right)
    }.map(\.element)
  }
}
