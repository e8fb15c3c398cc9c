import AWSModel

struct SSMFilterInput: Decodable, Sendable {
  var Key: String
  var Option: String?
  var Values: [String]?
}

/// One condition on the parameters that are listed.
struct SSMFilter: Sendable {
  var key: String
  var option: String
  var values: [String]

  static let pathRule =
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin "
    + "with a forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). "
    + "It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ "
    + "(underscore). Special characters are not allowed. All sub-paths, if specified, must use the "
    + "forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_."

  private static let keys = ["Path", "Name", "Type", "KeyId", "Tier", "DataType"]
  private static let pathKeys = ["Type", "KeyId", "Label", "DataType"]

  /// Throws `InvalidFilterKey`, `InvalidFilterOption`, `InvalidFilterValue`, `ValidationException`.
  static func read(_ inputs: [SSMFilterInput]?, isByPath: Bool) throws(ServiceError) -> [SSMFilter]
  {
    var filters: [SSMFilter] = []
    for input in inputs ?? [] {
      let isTag = input.Key.hasPrefix("tag:") && input.Key.count > 4
      let known = isByPath ? pathKeys : keys
      guard known.contains(input.Key) || isTag && !isByPath else {
        throw SSMFault.invalidFilterKey(
          "The following filter key is not valid: \(input.Key). Valid filter keys include: "
            + "[\(known.joined(separator: ", "))].")
      }
      guard !filters.contains(where: { $0.key == input.Key }) else {
        throw SSMFault.invalidFilterKey(
          "The following filter is duplicated in the request: \(input.Key). A request can contain "
            + "only one occurrence of a specific filter.")
      }
      let values = input.Values ?? []
      guard !values.isEmpty || isTag else {
        throw SSMFault.invalidFilterValue(
          "The following filter values are missing : null for filter key \(input.Key).")
      }
      guard values.count <= 50 else {
        throw .validation("A filter can have no more than 50 values.")
      }
      let filter = SSMFilter(
        key: input.Key, option: input.Option ?? (input.Key == "Path" ? "OneLevel" : "Equals"),
        values: values)
      try filter.check()
      filters.append(filter)
    }
    return filters
  }

  private func check() throws(ServiceError) {
    let options: [String]
    switch key {
    case "Path": options = ["Recursive", "OneLevel"]
    case "Name": options = ["Equals", "BeginsWith", "Contains"]
    case "Label", "Type", "Tier", "DataType": options = ["Equals"]
    default: options = ["Equals", "BeginsWith"]
    }
    guard options.contains(option) else {
      throw SSMFault.invalidFilterOption(
        "The following filter option is not valid: \(option). Valid options include: "
          + "[\(options.joined(separator: ", "))].")
    }
    switch key {
    case "Path":
      for value in values {
        let lower = value.lowercased()
        if lower.hasPrefix("/aws") || lower.hasPrefix("/ssm") {
          throw .validation(
            "Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" "
              + "(case-insensitive). When using global parameters, please specify within a global "
              + "namespace.")
        }
        guard value.hasPrefix("/"), !value.contains("//"),
          value.utf8.allSatisfy(SSMLimits.isNameByte)
        else { throw .validation(Self.pathRule) }
      }
    case "Type": try check(among: SSMParameterType.allCases.map(\.rawValue))
    case "Tier": try check(among: SSMLimits.tiers)
    default: break
    }
  }

  private func check(among known: [String]) throws(ServiceError) {
    guard let wrong = values.first(where: { !known.contains($0) }) else { return }
    throw SSMFault.invalidFilterOption(
      "The following filter value is not valid: \(wrong). Valid values include: "
        + "[\(known.joined(separator: ", "))].")
  }

  func matches(_ parameter: SSMParameter) -> Bool {
    switch key {
    case "Path":
      let name = parameter.name.hasPrefix("/") ? parameter.name : "/\(parameter.name)"
      return values.contains { value in
        let folder = Self.folder(value)
        return name.hasPrefix(folder)
          && (option == "Recursive" || !name.dropFirst(folder.count).contains("/"))
      }
    case "Name":
      return values.contains { value in
        switch option {
        case "Contains": parameter.name.contains(value)
        case "BeginsWith": Self.bare(parameter.name).hasPrefix(Self.bare(value))
        default: Self.bare(parameter.name) == Self.bare(value)
        }
      }
    case "Type": return values.contains(parameter.type.rawValue)
    case "Tier": return values.contains(parameter.newest.tier)
    case "DataType": return values.contains(parameter.newest.dataType)
    case "Label": return values.contains { parameter.labels[$0] == parameter.newest.version }
    case "KeyId": return compares(parameter.keyID)
    default:
      guard let value = parameter.tags[String(key.dropFirst(4))] else { return false }
      return values.isEmpty || compares(value)
    }
  }

  private func compares(_ text: String?) -> Bool {
    guard let text else { return false }
    return values.contains { option == "BeginsWith" ? text.hasPrefix($0) : text == $0 }
  }

  /// The name without the slash that may stand before it.
  private static func bare(_ name: String) -> Substring {
    name.hasPrefix("/") ? name.dropFirst() : name[...]
  }

  /// The path with one slash at its end.
  static func folder(_ path: String) -> String { path.hasSuffix("/") ? path : "\(path)/" }
}
