import Diagnostics

extension FunctionExpander {
  /// With `AutoPublishAlias`: a version whose id changes with the code, and the alias.
  func versionAndAlias(of function: inout GeneratedResource, updatePolicy: Tree?)
    throws(SAMFailure) -> GeneratedResource?
  {
    guard let written = declaration["AutoPublishAlias"], written.isTruthy else { return nil }
    guard let name = parameters.resolved(written).string else {
      throw SAMFailure(
        "`AutoPublishAlias` of `\(id)` must be text or `Ref` to a parameter", at: written.span,
        hint: written.isIntrinsic ? StaticAnswers.hint : nil)
    }
    try check(alias: name, at: written.span)
    function["Code"] = parameters.resolve(function["Code"])
    var codeHash: String?
    if let given = declaration["AutoPublishCodeSha256"], given.isTruthy {
      guard let hash = parameters.resolved(given).string else {
        throw SAMFailure(
          "`AutoPublishCodeSha256` of `\(id)` must be text", at: given.span,
          hint: given.isIntrinsic ? StaticAnswers.hint : nil)
      }
      codeHash = hash
      addToDescription(hash, of: &function)
    }
    let version = try version(of: function, codeHash: codeHash)
    add(version)
    let letters = name.map { $0 == "-" ? "D" : $0 == "_" ? "U" : String($0) }.joined()
    var alias = GeneratedResource(
      "\(id)Alias\(letters)", "AWS::Lambda::Alias", attributes: declaration.passedAttributes,
      at: written.span)
    alias.attributes["UpdatePolicy"] = updatePolicy
    alias["FunctionName"] = .ref(id)
    alias["FunctionVersion"] = .getAtt(version.id, "Version")
    alias["Name"] = Tree(name).placed(at: written.span)
    alias["ProvisionedConcurrencyConfig"] = declaration["ProvisionedConcurrencyConfig"]
    add(alias)
    return alias
  }

  private func check(alias name: String, at span: SourceSpan?) throws(SAMFailure) {
    let isDigits = name.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    let isWord = name.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
    }
    guard !name.isEmpty, isWord, !isDigits else {
      throw SAMFailure(
        .invalidPropertyValue, "`\(name)` can't name an alias", at: span,
        hint: "use letters, digits, hyphens and underscores, and not digits alone")
    }
  }

  private func addToDescription(_ hash: String, of function: inout GeneratedResource) {
    let description = parameters.resolve(declaration["Description"])
    guard let description, description.isTruthy else {
      function["Description"] = Tree(hash)
      return
    }
    if let text = description.string {
      function["Description"] = Tree("\(text) \(hash)").placed(at: description.span)
    } else {
      function["Description"] = ["Fn::Join": [" ", [description, Tree(hash)]]]
    }
  }

  private func version(of function: GeneratedResource, codeHash: String?) throws(SAMFailure)
    -> GeneratedResource
  {
    let prefix = "\(id)Version"
    let versionID: String
    if let codeHash, !codeHash.isEmpty {
      versionID = prefix + codeHash.prefix(10)
    } else {
      versionID = LogicalID.hashed(prefix, versionedProperties(of: function))
    }
    var attributes = declaration.passedAttributes
    if attributes["DeletionPolicy"] == nil {
      // Versions on instances of their own cost something while they are kept.
      attributes["DeletionPolicy"] =
        declaration["VersionDeletionPolicy"]
        ?? (declaration["CapacityProviderConfig"] == nil ? "Retain" : "Delete")
    }
    var version = GeneratedResource(
      versionID, "AWS::Lambda::Version", attributes: attributes,
      at: declaration.span(of: "AutoPublishAlias"))
    version["Description"] = declaration["VersionDescription"]
    version["FunctionName"] = .ref(id)
    if declaration["CapacityProviderConfig"] != nil {
      version["FunctionScalingConfig"] = declaration["FunctionScalingConfig"]
    }
    return version
  }

  /// The properties whose change makes a new version.
  private func versionedProperties(of function: GeneratedResource) -> Tree {
    if declaration["AutoPublishAliasAllProperties"]?.bool == true {
      var properties = function.properties
      if let path = properties["Code"]?.string {
        properties["Code"] = expansion.content(at: path)
      }
      for layer in function["Layers"]?.elements ?? [] {
        guard let layerID = layer.referencedResource,
          let layerProperties = expansion.resources[layerID]?["Properties"],
          layerProperties["PublishLambdaVersion"]?.bool == true
        else { continue }
        properties[layerID] = layerProperties
      }
      return properties
    }
    var properties = parameters.resolve(function["Code"]) ?? .emptyObject
    if let path = properties.string { properties = expansion.content(at: path) }
    properties.update(with: function["Environment"] ?? .emptyObject)
    if let size = function["MemorySize"], size.isTruthy { properties["MemorySize"] = size }
    if let snapStart = function["SnapStart"], let mode = snapStart["ApplyOn"],
      mode.string != "None"
    {
      properties["SnapStart"] = snapStart
    }
    return properties
  }
}
