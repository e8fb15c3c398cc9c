import PropertyTree

/// The mapping of a seed: what it is set to, and what must come of each record.
struct MappingKind: Sendable, CustomStringConvertible {
  var lanes: Int
  var batchSize: Int
  var bisects: Bool
  var reportsItemFailures: Bool
  /// True where some records always fail, and attempts are counted.
  var hasPoison: Bool
  var windowSeconds: Int
  var tumblingSeconds: Int
  var filters: Bool

  init(seed: UInt64) {
    var rest = seed
    func next(_ bound: UInt64) -> Int {
      defer { rest = rest / bound &+ rest &* 0x9E37_79B9 }
      return Int(rest % bound)
    }
    lanes = [1, 1, 3, 4][next(4)]
    batchSize = [1, 3, 10][next(3)]
    bisects = next(2) == 1
    reportsItemFailures = next(2) == 1
    hasPoison = next(3) > 0
    windowSeconds = [0, 0, 20][next(3)]
    tumblingSeconds = [0, 0, 0, 30][next(4)]
    filters = next(3) == 0
  }

  var description: String {
    "lanes \(lanes), batches of \(batchSize), bisects \(bisects), reports \(reportsItemFailures), "
      + "poison \(hasPoison), window \(windowSeconds), tumbling \(tumblingSeconds), "
      + "filters \(filters)"
  }

  func isPoison(_ id: Int) -> Bool { hasPoison && id % 17 == 5 }
  /// True for records that the function must never see.
  func isFiltered(_ id: Int) -> Bool { filters && id % 5 == 2 }

  static func key(_ id: Int) -> String { "k\(id % 7)" }
  static func data(_ id: Int) -> String { #"{"id":\#(id),"rest":\#(id % 5)}"# }

  func settings(form: Int?) -> PropertyObject {
    var settings: PropertyObject = [
      "BatchSize": .int(Int64(batchSize)), "ParallelizationFactor": .int(Int64(lanes)),
      "MaximumBatchingWindowInSeconds": .int(Int64(windowSeconds)),
      "MaximumRetryAttempts": hasPoison ? 2 : -1, "BisectBatchOnFunctionError": .bool(bisects),
      "TumblingWindowInSeconds": .int(Int64(tumblingSeconds)),
    ]
    if reportsItemFailures { settings["FunctionResponseTypes"] = ["ReportBatchItemFailures"] }
    if filters {
      settings["FilterCriteria"] = [
        "Filters": [["Pattern": #"{"data":{"rest":[{"anything-but":2}]}}"#]]
      ]
    }
    settings["DestinationConfig"] = ["OnFailure": ["Destination": "arn:aws:s3:::failed"]]
    if let form {
      settings["BatchSize"] = .int([2, 5, 100, 7][form % 4])
      settings["ParallelizationFactor"] = .int(form < 4 ? Int64(lanes) : Int64(1 + form % 4))
    }
    return settings
  }
}
