import Diagnostics

/// `Domain` of an API: the name under which it is reached, what is mapped to it, and its records.
struct CustomDomain {
  let declaration: Declaration
  let expansion: Expansion
  let style: ApiStyle
  private let config: Tree
  private let endpoint: String

  private static let known = [
    "DomainName", "CertificateArn", "EndpointConfiguration", "BasePath", "NormalizeBasePath",
    "MutualTlsAuthentication", "OwnershipVerificationCertificateArn", "SecurityPolicy", "Route53",
    "IpAddressType", "EndpointAccessMode", "Policy", "AccessAssociation",
  ]

  /// nil where the API has no domain of its own.
  init?(_ declaration: Declaration, _ expansion: Expansion, _ style: ApiStyle) throws(SAMFailure) {
    guard let written = try declaration.object("Domain") else { return nil }
    self.declaration = declaration
    self.expansion = expansion
    self.style = style
    config = expansion.parameters.resolve(written)
    for member in config.members ?? [] where !Self.known.contains(member.key) {
      expansion.report(
        SAMFailure(
          .unknownProperty, "`\(member.key)` is not part of `Domain`, and the transform drops it",
          at: member.keySpan, hint: Suggestion.didYouMean(member.key, among: Self.known)
        ).asWarning)
    }
    for name in ["DomainName", "CertificateArn"] where config[name] == nil {
      throw SAMFailure(
        .missingProperty, "`Domain` of `\(declaration.id)` has no `\(name)`",
        at: declaration.span(of: "Domain"))
    }
    let kinds = style == .rest ? ["EDGE", "REGIONAL", "PRIVATE"] : ["REGIONAL"]
    let kind = config["EndpointConfiguration"] ?? "REGIONAL"
    guard let endpoint = kind.string, kinds.contains(endpoint) else {
      throw SAMFailure(
        .invalidPropertyValue,
        "`EndpointConfiguration` of `Domain` must be one of \(kinds.joined(separator: ", "))",
        at: kind.span)
    }
    self.endpoint = endpoint
  }

  private var isPrivate: Bool { endpoint == "PRIVATE" }
  private var name: Tree { config["DomainName"] ?? .noValue }

  private var domainID: String {
    let isSecond = style == .http || isPrivate
    return LogicalID.hashed("ApiGatewayDomainName" + (isSecond ? "V2" : ""), name)
  }

  private func resource(_ id: String, _ type: String, _ properties: Tree = .emptyObject)
    -> GeneratedResource
  {
    GeneratedResource(
      id, type, properties, attributes: declaration.passedAttributes,
      at: declaration.span(of: "Domain"))
  }

  /// The settings, with what they stand for, whose change makes the API's deployment anew.
  var fingerprint: String {
    var complete = config
    if !isPrivate {
      complete["ApiDomainName"] = Tree(domainID)
      complete["EndpointConfiguration"] = Tree(endpoint)
    }
    if endpoint == "EDGE", var route = complete["Route53"], route["DistributionDomainName"] == nil {
      route["DistributionDomainName"] = distribution
      complete["Route53"] = route
    }
    return PythonText.json(complete)
  }

  private var distribution: Tree { .getAtt(domainID, "DistributionDomainName") }

  /// The resources of the domain.
  func expand() throws(SAMFailure) -> [GeneratedResource] {
    var domain = style == .rest ? restDomain() : httpDomain()
    if !isPrivate { domain["MutualTlsAuthentication"] = try mutualAuthentication() }
    let slot = style == .rest && isPrivate ? "DomainNameV2" : "DomainName"
    expansion.referable[declaration.id, default: [:]][slot] = domain.id
    var generated = [domain] + (try mappings())
    if let records = try records() { generated.append(records) }
    if isPrivate, let access = try accessAssociation() { generated.append(access) }
    return generated
  }

  // MARK: The domain

  private func restDomain() -> GeneratedResource {
    var domain = resource(
      domainID, "AWS::ApiGateway::DomainName" + (isPrivate ? "V2" : ""), ["DomainName": name])
    let isRegional = endpoint == "REGIONAL"
    domain[isRegional ? "RegionalCertificateArn" : "CertificateArn"] = config["CertificateArn"]
    var configuration: Tree = ["Types": [Tree(endpoint)]]
    if let type = config["IpAddressType"], type.isTruthy { configuration["IpAddressType"] = type }
    domain["EndpointConfiguration"] = configuration
    let own = isPrivate ? "Policy" : "OwnershipVerificationCertificateArn"
    for name in ["SecurityPolicy", "EndpointAccessMode", own] {
      if let value = config[name], value.isTruthy { domain[name] = value }
    }
    return domain
  }

  private func httpDomain() -> GeneratedResource {
    var configuration: Tree = ["EndpointType": Tree(endpoint)]
    configuration["CertificateArn"] = config["CertificateArn"]
    for name in ["OwnershipVerificationCertificateArn", "SecurityPolicy"] {
      if let value = config[name], value.isTruthy { configuration[name] = value }
    }
    return resource(
      domainID, "AWS::ApiGatewayV2::DomainName",
      ["DomainName": name, "DomainNameConfigurations": [configuration]])
  }

  private func mutualAuthentication() throws(SAMFailure) -> Tree? {
    guard let written = config["MutualTlsAuthentication"], written.isTruthy else { return nil }
    let known = ["TruststoreUri", "TruststoreVersion"]
    guard let members = written.members else {
      throw SAMFailure(
        "`MutualTlsAuthentication` must be an object, this is \(written.shape)", at: written.span)
    }
    for member in members where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `MutualTlsAuthentication`",
        at: member.keySpan, hint: Suggestion.didYouMean(member.key, among: known))
    }
    return Tree(.object(members.filter { $0.value.isTruthy }), span: written.span)
  }

  /// Lets an endpoint of a network reach a private domain.
  private func accessAssociation() throws(SAMFailure) -> GeneratedResource? {
    guard let access = config["AccessAssociation"] else { return nil }
    guard access.members != nil, let endpoint = access["VpcEndpointId"] else {
      throw SAMFailure(
        "`AccessAssociation` of `\(declaration.id)` needs `VpcEndpointId`", at: access.span)
    }
    let id = LogicalID.hashed("DomainNameAccessAssociation", [endpoint, Tree(domainID)])
    return resource(
      id, "AWS::ApiGateway::DomainNameAccessAssociation",
      [
        "DomainNameArn": .ref(domainID), "AccessAssociationSourceType": "VPCE",
        "AccessAssociationSource": endpoint,
      ])
  }

  // MARK: Paths

  private func mappings() throws(SAMFailure) -> [GeneratedResource] {
    guard let written = config["BasePath"], written.isTruthy,
      written.string != nil || written.elements != nil
    else { return [mapping("", path: nil)] }
    var mappings: [GeneratedResource] = []
    for path in written.asList {
      guard let text = path.string else {
        throw SAMFailure("a `BasePath` must be text, this is \(path.shape)", at: path.span)
      }
      mappings.append(try style == .rest ? restMapping(text, path) : httpMapping(text, path))
    }
    return mappings
  }

  private func mapping(_ suffix: String, path: Tree?) -> GeneratedResource {
    let kind = style == .rest ? "BasePathMapping" : "ApiMapping"
    let type =
      style == .rest
      ? "AWS::ApiGateway::BasePathMapping" + (isPrivate ? "V2" : "")
      : "AWS::ApiGatewayV2::ApiMapping"
    var mapping = resource(declaration.id + suffix + kind, type)
    mapping[isPrivate ? "DomainNameArn" : "DomainName"] = .ref(domainID)
    mapping[style == .rest ? "RestApiId" : "ApiId"] = .ref(declaration.id)
    mapping["Stage"] = .ref(declaration.id + ".Stage")
    mapping[style == .rest ? "BasePath" : "ApiMappingKey"] = path
    return mapping
  }

  private func restMapping(_ text: String, _ path: Tree) -> GeneratedResource {
    let plain = text.filter { $0.isLetter || $0.isNumber }
    let isPlain = config["NormalizeBasePath"]?.isTruthy ?? true
    return mapping(plain, path: Tree(isPlain ? plain : text).placed(at: path.span))
  }

  private func httpMapping(_ text: String, _ path: Tree) throws(SAMFailure) -> GeneratedResource {
    let isValid = text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "/-_".contains($0))
    }
    guard isValid else {
      throw SAMFailure(
        .invalidPropertyValue, "`\(text)` can't be a `BasePath`", at: path.span,
        hint: "use letters, digits, hyphens, underscores and slashes")
    }
    let key = text.drop { $0 == "/" }.reversed().drop { $0 == "/" }.reversed()
    return mapping(
      text.filter { !"/-_".contains($0) }, path: Tree(String(key)).placed(at: path.span))
  }
}

// MARK: Records

extension CustomDomain {
  private static let route = [
    "HostedZoneId", "HostedZoneName", "EvaluateTargetHealth", "DistributionDomainName", "IpV6",
    "SetIdentifier", "Region", "SeparateRecordSetGroup", "VpcEndpointDomainName",
    "VpcEndpointHostedZoneId",
  ]

  /// The records in Route 53. APIs whose domains are in one zone share a group of records.
  private func records() throws(SAMFailure) -> GeneratedResource? {
    guard let route = config["Route53"] else { return nil }
    guard route.members != nil else {
      throw SAMFailure("`Route53` must be an object, this is \(route.shape)", at: route.span)
    }
    for member in route.members ?? [] where !Self.route.contains(member.key) {
      expansion.report(
        SAMFailure(
          .unknownProperty, "`\(member.key)` is not part of `Route53`, and the transform drops it",
          at: member.keySpan, hint: Suggestion.didYouMean(member.key, among: Self.route)
        ).asWarning)
    }
    guard let zone = route["HostedZoneId"] ?? route["HostedZoneName"] else {
      throw SAMFailure(
        .missingProperty,
        "`Route53` of `\(declaration.id)` needs `HostedZoneId` or `HostedZoneName`",
        at: route.span)
    }
    let isSeparate = style == .rest && route["SeparateRecordSetGroup"]?.isTruthy == true
    let id = LogicalID.hashed("RecordSetGroup", isSeparate ? [zone, name] : zone)
    var group =
      (isSeparate ? nil : expansion.recordSets[id])
      ?? resource(id, "AWS::Route53::RecordSetGroup")
    if group["RecordSets"] == nil {
      group["HostedZoneId"] = route["HostedZoneId"]
      if style == .rest || route["HostedZoneId"] == nil {
        group["HostedZoneName"] = route["HostedZoneName"]
      }
    }
    var sets = group["RecordSets"] ?? []
    sets.append(record("A", route))
    if route["IpV6"]?.bool == true { sets.append(record("AAAA", route)) }
    group["RecordSets"] = sets
    if !isSeparate { expansion.recordSets[id] = group }
    return group
  }

  private func record(_ type: String, _ route: Tree) -> Tree {
    var target = Tree.emptyObject
    target["EvaluateTargetHealth"] = route["EvaluateTargetHealth"]
    switch endpoint {
    case "REGIONAL":
      target["HostedZoneId"] = .getAtt(domainID, "RegionalHostedZoneId")
      target["DNSName"] = .getAtt(domainID, "RegionalDomainName")
    case "EDGE":
      // The zone that all distributions of CloudFront are in.
      target["HostedZoneId"] = "Z2FDTNDATAQYW2"
      target["DNSName"] = route["DistributionDomainName"] ?? distribution
    default:
      target["HostedZoneId"] = route["VpcEndpointHostedZoneId"]
      target["DNSName"] = route["VpcEndpointDomainName"]
    }
    var record: Tree = ["Name": name, "Type": Tree(type), "AliasTarget": target]
    record["Region"] = route["Region"]
    record["SetIdentifier"] = route["SetIdentifier"]
    return record
  }
}
