import PropertyTree
import TemplateParsing

/// The resources that CDK's bootstrap stack would provide.
///
/// Leat is bootstrapped for every qualifier: asset buckets
/// are made on demand and no roles are assumed.
enum CDKBootstrap {
  /// The version of CDK's bootstrap template that Leat stands in for.
  static let version = "28"

  /// Gives the parameter that asks for the bootstrap's version its answer, in place of a parameter
  /// in a store that nobody has written.
  ///
  /// - Parameter given: parameters that have a value of their own.
  static func answer(in template: inout Template, without given: [String: String]) {
    for index in template.parameters.indices {
      let parameter = template.parameters[index]
      guard parameter.type.value == "AWS::SSM::Parameter::Value<String>",
        given[parameter.name.value] == nil, let name = parameter.defaultValue,
        isVersionName(name.value)
      else { continue }
      template.parameters[index].type.value = "String"
      template.parameters[index].defaultValue = Spanned(version, name.span)
    }
  }

  /// `/cdk-bootstrap/<qualifier>/version`
  private static func isVersionName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0].isEmpty && parts[1] == "cdk-bootstrap"
      && !parts[2].isEmpty && parts[3] == "version"
  }
}
