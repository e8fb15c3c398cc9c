import Diagnostics

/// `Api` events: a method of a REST API that calls a function.
extension FunctionExpander {
  func addRestApi(_ event: EventDeclaration, _ target: EventTarget) throws(SAMFailure) {
    try event.check(known: [
      "Path", "Method", "RestApiId", "Stage", "Auth", "RequestModel", "RequestParameters",
      "TimeoutInMillis", "ResponseTransferMode",
    ])
    let route = try RestRoute(event, in: expansion)
    let method = route.method == "any" ? "*" : route.method.uppercased()
    let path = ApiStyle.rest.permissionPath(ApiStyle.trimmed(route.path))
    let arn = Tree.sub(
      "arn:\(parameters.partition):execute-api:${AWS::Region}:${AWS::AccountId}:"
        + "${__ApiId__}/${__Stage__}/\(method)\(path)",
      ["__ApiId__": try event.required("RestApiId"), "__Stage__": "*"])
    add(
      permission(
        event, target, "apigateway.amazonaws.com", sourceArn: arn, suffix: route.stageSuffix))
    let isStreamed = event["ResponseTransferMode"]?.string == "RESPONSE_STREAM"
    let uri = integrationURI(
      target, partition: parameters.partition, isStreamed: isStreamed)
    let credentials = route.credentials(partition: parameters.partition)
    try route.fill(expansion, condition: target.conditionTree) { definition in
      var integration: Tree = [
        "type": "aws_proxy", "httpMethod": "POST",
        "uri": uri.under(target.conditionTree),
      ]
      if isStreamed { integration["responseTransferMode"] = "STREAM" }
      integration["credentials"] = credentials
      definition[ApiDocument.integration] = integration
      if definition["responses"] == nil { definition["responses"] = .emptyObject }
    }
    try route.overrideAuth(expansion)
  }

  func integrationURI(_ target: EventTarget, partition: String, isStreamed: Bool = false) -> Tree {
    let version = isStreamed ? "2021-11-15" : "2015-03-31"
    let ending = isStreamed ? "response-streaming-invocations" : "invocations"
    let text = Tree(
      "arn:\(partition):apigateway:${AWS::Region}:lambda:path/\(version)/functions/"
        + "\(target.arn.shorthand ?? "")/\(ending)")
    let isFunction = target.arn["Fn::GetAtt"] != nil
    return ["Fn::Sub": text.placed(at: isFunction ? declaration.span : nil)]
  }
}

/// `Api` events of a state machine: a method that starts an execution.
extension StateMachineExpander {
  func addRestApi(_ event: EventDeclaration, _ target: EventTarget, role: GeneratedResource)
    throws(SAMFailure)
  {
    try event.check(known: [
      "Path", "Method", "RestApiId", "Stage", "Auth", "UnescapeMappingTemplate",
    ])
    let route = try RestRoute(event, in: expansion)
    let uri = Tree.sub(
      "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution")
    let template = requestTemplate(
      of: target.id, isUnescaped: event["UnescapeMappingTemplate"]?.bool == true)
    try route.fill(expansion, condition: target.conditionTree) { definition in
      definition[ApiDocument.integration] = [
        "type": "aws", "httpMethod": "POST",
        "uri": uri.under(target.conditionTree),
        "responses": ["200": ["statusCode": "200"], "400": ["statusCode": "400"]],
        "credentials": role.arn,
        "requestTemplates": ["application/json": template],
      ]
      if definition["responses"] == nil {
        definition["responses"] = [
          "200": ["description": "OK"], "400": ["description": "Bad Request"],
        ]
      }
    }
  }

  private func requestTemplate(of machine: String, isUnescaped: Bool) -> Tree {
    let arn = "\"stateMachineArn\": \"${\(machine)}\"}"
    let input = "$util.escapeJavaScript($input.json('$'))"
    guard isUnescaped else { return .sub("{\"input\": \"\(input)\", \(arn)") }
    return .sub("{\"input\": \"\(input).replaceAll(\"\\\\'\",\"'\")\", \(arn)")
  }
}
