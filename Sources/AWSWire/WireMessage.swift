import AWSModel

/// One HTTP request without its body, as the protocols see it.
public struct WireRequest: Sendable, Hashable {
  /// `GET`, in capitals.
  public var method: String
  /// The path as it was sent, still percent-encoded, without the query; starts with `/`.
  public var path: String
  /// The query's pairs in order, decoded. A key without `=` has an empty value.
  public var query: [QueryItem]
  /// The query as it was sent, without `?`.
  public var rawQuery = ""
  /// Names in lower case, in the order of the message.
  public var headers: [WireHeader]
  /// The `Host` header, with its port.
  public var host: String

  public init(
    method: String, path: String, query: [QueryItem] = [], headers: [WireHeader] = [],
    host: String = "localhost"
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.host = host
  }

  /// Splits `/path?query`, as it stands in a request line.
  public init(method: String, target: String, headers: [WireHeader] = [], host: String) {
    let split = target.utf8.firstIndex(of: UInt8(ascii: "?"))
    let path = split.map { String(target[..<$0]) } ?? target
    let query = split.map { String(target[target.index(after: $0)...]) } ?? ""
    self.init(
      method: method, path: path.isEmpty ? "/" : path, query: FormCoding.items(of: query),
      headers: headers, host: host)
    rawQuery = query
  }

  /// The first header of that lower-case name.
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// The first value of that query key.
  public func queryValue(_ key: String) -> String? { query.first { $0.key == key }?.value }
}

/// One pair of a query or form.
public struct QueryItem: Sendable, Hashable {
  public var key: String
  public var value: String
  public init(_ key: String, _ value: String = "") {
    self.key = key
    self.value = value
  }
}

/// One header; the name is in lower case.
public struct WireHeader: Sendable, Hashable {
  public var name: String
  public var value: String
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// One HTTP response, encoded.
public struct WireResponse: Sendable {
  public var status: Int
  public var headers: [WireHeader]
  public var body: ResponseBody

  public init(status: Int, headers: [WireHeader] = [], body: ResponseBody = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name }?.value
  }

  /// Puts the header in place of any of that lower-case name.
  public mutating func setHeader(_ name: String, _ value: String) {
    headers.removeAll { $0.name == name }
    headers.append(WireHeader(name, value))
  }
}
