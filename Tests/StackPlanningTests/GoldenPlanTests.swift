import PropertyTree
import StackModel
import Testing

@testable import StackPlanning

/// The plan as it is journalled and sent: others read it, so its shape is part of the contract.
@Suite struct GoldenPlanTests {
  @Test func aPlanInJSON() throws {
    let state = try deployed(
      [resource("Q", "Fake::Queue", ["Name": "q", "Size": 1])],
      outputs: [StackOutput(key: "Q", value: "q")])
    let made = try #require(
      plan(
        [resource("Q", "Fake::Queue", ["Name": "q", "Size": 2], line: 4)], on: state,
        outputs: [StackOutput(key: "Q", value: "q")]
      ).plan)
    let text = JSONWriter.pretty(try TreeEncoder().encode(made))
    #expect(text == Self.golden)
    let again = try TreeDecoder().decode(Plan.self, from: JSONReader.read(text))
    #expect(again == made)
  }

  static let golden = """
    {
      "kind": "update",
      "environment": {
        "scope": {
          "account": "000000000000",
          "region": "us-east-1"
        },
        "stackName": "shop",
        "stackID": "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1",
        "endpoint": "http://127.0.0.1:4566"
      },
      "templateBody": "body",
      "parameters": [],
      "capabilities": [
        "CAPABILITY_NAMED_IAM"
      ],
      "tags": {},
      "changes": [
        {
          "logicalID": "Q",
          "type": "Fake::Queue",
          "action": "update",
          "before": {
            "logicalID": "Q",
            "type": "Fake::Queue",
            "identity": {
              "physicalID": "q",
              "reference": "q",
              "attributes": {
                "Arn": "arn:fake:q"
              }
            },
            "properties": {
              "Name": "q",
              "Size": 1
            },
            "dependsOn": [],
            "deletionPolicy": "Delete",
            "updateReplacePolicy": "Delete",
            "status": "CREATE_COMPLETE",
            "updatedAt": 0,
            "generation": 0
          },
          "after": {
            "logicalID": "Q",
            "type": "Fake::Queue",
            "identity": {
              "physicalID": "q",
              "reference": "q",
              "attributes": {
                "Arn": "arn:fake:q"
              }
            },
            "properties": {
              "Name": "q",
              "Size": 2
            },
            "dependsOn": [],
            "deletionPolicy": "Delete",
            "updateReplacePolicy": "Delete",
            "status": "UPDATE_COMPLETE",
            "updatedAt": 0,
            "generation": 0
          },
          "properties": [
            {
              "path": "Size",
              "before": 1,
              "after": 2,
              "requiresReplacement": false,
              "location": "t.yaml:4:3"
            }
          ],
          "reasons": [
            {
              "property": "Size",
              "references": [],
              "requiresReplacement": false
            }
          ],
          "dependsOn": [],
          "losses": []
        }
      ],
      "outputs": [
        {
          "key": "Q",
          "before": {
            "key": "Q",
            "value": "q"
          },
          "after": {
            "key": "Q",
            "value": "q"
          }
        }
      ],
      "emptiesBuckets": false,
      "diagnostics": []
    }
    """
}
