import AWSModel
import PropertyTree
import StackContracts
import StackEngine
import StackModel

/// The stacks that a simulation deploys: form 0 to 3 differ in what they hold.
enum SimulatedStack {
  static func name(_ stack: Int) -> String { "stack\(stack)" }

  /// The parameter whose value tells the form that is really there.
  static func marker(_ stack: Int) -> String { "/form/\(stack)" }

  static func request(_ stack: Int, form: Int) -> DeployRequest {
    var resources: PropertyObject = [
      "Stream": [
        "Type": "AWS::Kinesis::Stream",
        // Another retention is a change in place.
        "Properties": ["ShardCount": 1, "RetentionPeriodHours": form == 3 ? 48 : 24],
      ],
      "Bucket": [
        "Type": "AWS::S3::Bucket",
        "Properties": [
          "Tags": [["Key": "stream", "Value": ["Fn::GetAtt": ["Stream", "Arn"]]]]
        ],
      ],
      "Marker": [
        "Type": "AWS::SSM::Parameter",
        "Properties": [
          "Name": .string(marker(stack)), "Type": "String", "Value": .string("form \(form)"),
        ],
      ],
    ]
    if form != 0 {
      resources["Secret"] = [
        "Type": "AWS::SecretsManager::Secret",
        // Another name is a replacement.
        "Properties": [
          "Name": .string("stack\(stack)/\(form == 2)"), "SecretString": ["Ref": "Password"],
        ],
      ]
    }
    var assets: [Asset]?
    if form >= 2 {
      resources["Child"] = [
        "Type": "AWS::CloudFormation::Stack", "Properties": ["TemplateURL": "./child.json"],
      ]
      assets = [child(form)]
    }
    let template: PropertyValue = [
      "Parameters": ["Password": ["Type": "String", "NoEcho": true]],
      "Resources": .object(resources),
      "Outputs": ["Name": ["Value": ["Ref": "Stream"]]],
    ]
    return DeployRequest(
      stackName: name(stack), templateBody: JSONWriter.compact(template),
      templateFile: "template.json", parameters: ["Password": "secret \(form)"],
      assets: assets)
  }

  /// The nested stack's template, as a file that comes along with the deployment.
  private static func child(_ form: Int) -> Asset {
    let template: PropertyValue = [
      "Resources": [
        "Group": [
          "Type": "AWS::Logs::LogGroup",
          "Properties": ["RetentionInDays": form == 3 ? 7 : 1],
        ]
      ]
    ]
    let bytes = JSONWriter.bytes(template)
    return Asset(
      bucket: "leat-assets-000000000000-us-east-1", key: "child-\(form).template",
      size: bytes.count, contents: Base64.encode(bytes), path: "./child.json",
      templateFile: "child.json")
  }
}
