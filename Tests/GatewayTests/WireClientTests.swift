import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

/// The lines that `Tests/clients/wire_client.py` prints, each a value of JSON.
func wireClient(_ kind: String, port: Int) async throws -> [PropertyValue] {
  let own = "Tests/GatewayTests/WireClientTests.swift"
  let root = String(#filePath.dropLast(own.count))
  // Children die with their spawner.
  let spawner = LiveProcessSpawner()
  defer { withExtendedLifetime(spawner) {} }
  let process = try spawner.spawn(
    ProcessCommand(
      executable: "\(root).venv/bin/python",
      arguments: ["\(root)Tests/clients/wire_client.py", kind, String(port)],
      environment: ["PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true"],
      workingDirectory: "/tmp"))
  var bytes: [UInt8] = []
  for await chunk in process.output { bytes += chunk }
  let text = String(decoding: bytes, as: UTF8.self)
  #expect(await process.wait() == 0, "\(text)")
  return try text.split(separator: "\n").map { try JSONReader.read(String($0)) }
}

/// Protocols as botocore speaks them, over the port.
@Suite struct WireClientTests {
  /// A metric of CloudWatch's interface, with its timestamps.
  struct Metrics: Service {
    static let traits = ServiceTraits(
      "monitoring", .rpcV2CBOR,
      targetPrefix: "GraniteServiceVersion20100801")

    var operations: [Operation] {
      [
        Operation(name: "GetMetricStatistics") { input, _ in
          struct Input: Decodable {
            var Namespace: String
            var MetricName: String
            var StartTime: Double
            var EndTime: Double
            var Period: Int
          }
          let request = try input.decode(Input.self, operation: "GetMetricStatistics")
          guard request.MetricName == "m" else {
            throw ServiceError("ResourceNotFoundException", "No metric.", status: 404)
          }
          return OperationOutput(members: [
            "Label": .string(request.Namespace),
            "Datapoints": [
              ["Timestamp": .double(request.StartTime), "Average": .double(1.25)],
              ["Timestamp": .double(request.EndTime), "Average": 3],
            ],
          ])
        }.answering(.structure(["Datapoints": .list(.structure(["Timestamp": .timestamp]))]))
      ]
    }
  }

  @Test func smithyRPC() async throws {
    try await withGateway([Metrics()]) { port in
      let lines = try await wireClient("rpc", port: port)
      #expect(
        lines == [
          [
            "label": "n",
            "points": [
              [.double(1_700_000_000), .double(1.25)], [.double(1_700_000_060), 3],
            ],
          ],
          ["status": 404, "code": "ResourceNotFoundException", "message": "No metric."],
        ])
    }
  }
}
