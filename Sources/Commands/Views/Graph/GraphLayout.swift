/// Places for the nodes of a graph without cycles: columns from left to right, so that each node
/// stands right of all that it needs, and rows in which few lines cross. A line that passes columns
/// has a place of its own in each, so that it runs between the nodes.
struct GraphLayout {
  /// Vertices by column, from top to bottom: nodes by their index, and behind those the places of
  /// lines.
  private(set) var columns: [[Int]] = []
  /// The places that each edge passes, from what needs to what is needed.
  private(set) var passages: [[Int]] = []
  private let nodeCount: Int
  /// Vertices that each one needs.
  private var needs: [[Int]]
  private var neededBy: [[Int]]

  /// Rounds of reordering: more of them change little.
  private static let sweeps = 8

  init(_ graph: ResourceGraph) {
    nodeCount = graph.nodes.count
    let numbers = Dictionary(
      graph.nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    let edges = graph.edges.map { (from: numbers[$0.from] ?? 0, to: numbers[$0.to] ?? 0) }
    needs = Array(repeating: [], count: nodeCount)
    neededBy = needs
    for edge in edges { join(edge.from, edge.to) }
    var column = Self.columns(needs, neededBy)
    needs = Array(repeating: [], count: nodeCount)
    neededBy = needs
    for edge in edges {
      var passage: [Int] = []
      var last = edge.from
      // Nothing where the two stand side by side.
      for between in stride(from: column[edge.from] - 1, to: column[edge.to], by: -1) {
        let vertex = needs.count
        needs.append([])
        neededBy.append([])
        column.append(between)
        join(last, vertex)
        passage.append(vertex)
        last = vertex
      }
      join(last, edge.to)
      passages.append(passage)
    }
    columns = Array(repeating: [], count: (column.max() ?? -1) + 1)
    for vertex in column.indices { columns[column[vertex]].append(vertex) }
    for sweep in 0..<Self.sweeps { order(rightwards: sweep % 2 == 0) }
  }

  func isNode(_ vertex: Int) -> Bool { vertex < nodeCount }

  var vertexCount: Int { needs.count }

  private mutating func join(_ from: Int, _ to: Int) {
    needs[from].append(to)
    neededBy[to].append(from)
  }

  /// A node's column is that of the last one that it needs, and one more. Works off nodes whose needs
  /// all have a column, so that a chain of thousands needs no deep stack.
  private static func columns(_ needs: [[Int]], _ neededBy: [[Int]]) -> [Int] {
    var waiting = needs.map(\.count)
    var column = [Int](repeating: 0, count: needs.count)
    var ready = needs.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < ready.count {
      let node = ready[next]
      next += 1
      for other in neededBy[node] {
        column[other] = max(column[other], column[node] + 1)
        waiting[other] -= 1
        if waiting[other] == 0 { ready.append(other) }
      }
    }
    return column
  }

  /// Sorts each column by where its neighbours stand on average.
  private mutating func order(rightwards: Bool) {
    var rows = [Double](repeating: 0, count: needs.count)
    for column in columns {
      for (row, vertex) in column.enumerated() { rows[vertex] = place(row, of: column.count) }
    }
    let order = rightwards ? Array(columns.indices) : columns.indices.reversed()
    for index in order {
      let keys = columns[index].map { vertex -> Double in
        let neighbours = rightwards ? needs[vertex] : neededBy[vertex]
        if neighbours.isEmpty { return rows[vertex] }
        return neighbours.reduce(0) { $0 + rows[$1] } / Double(neighbours.count)
      }
      let sorted = columns[index].indices.sorted {
        keys[$0] == keys[$1] ? $0 < $1 : keys[$0] < keys[$1]
      }
      columns[index] = sorted.map { columns[index][$0] }
      for (row, vertex) in columns[index].enumerated() {
        rows[vertex] = place(row, of: columns[index].count)
      }
    }
  }

  /// Columns are centred.
  private func place(_ row: Int, of count: Int) -> Double {
    Double(row) - Double(count - 1) / 2
  }
}
