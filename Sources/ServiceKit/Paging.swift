extension Array {
  /// The part of a list that follows `marker`, and the marker of the next part where more remains.
  ///
  /// - Parameters:
  ///   - marker: the key of the last item of the part before; it may be gone meanwhile.
  ///   - limit: 1 or more.
  ///   - key: unique; the list is in its order, ascending.
  public func page(after marker: String?, limit: Int, by key: (Element) -> String)
    -> (items: [Element], next: String?)
  {
    let rest = marker.map { marker in drop { key($0) <= marker } } ?? self[...]
    let items = Array(rest.prefix(limit))
    return (items, rest.count > items.count ? items.last.map(key) : nil)
  }
}
