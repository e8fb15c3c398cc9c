import AWSModel
import JQ
import PropertyTree
import ServiceKit

extension ProcessingConfiguration {
  private static let types: Set<String> = [
    "RecordDeAggregation", "Decompression", "CloudWatchLogProcessing", "Lambda",
    "MetadataExtraction", "AppendDelimiterToRecord",
  ]

  private static let parameters: [String: Set<String>] = [
    "Lambda": [
      "LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds",
    ],
    "RecordDeAggregation": ["SubRecordType", "Delimiter"],
    "MetadataExtraction": ["MetadataExtractionQuery", "JsonParsingEngine"],
    "AppendDelimiterToRecord": ["Delimiter"], "Decompression": ["CompressionFormat"],
    "CloudWatchLogProcessing": ["DataMessageExtraction"],
  ]

  /// Everything that is wrong with it, in order.
  func faults(at path: PropertyPath) -> [ConfigurationFault] {
    var found: [ConfigurationFault] = []
    let base = path.appending("Processors")
    var seen: Set<String> = []
    for (index, processor) in (Processors ?? []).enumerated() {
      let here = base.appending(index)
      guard Self.types.contains(processor.Type) else {
        found.append(
          .init(
            path: here.appending("Type"), message: "the processor type \(processor.Type)",
            isUnsupported: true))
        continue
      }
      if !seen.insert(processor.Type).inserted {
        found.append(
          .init(path: here, message: "There may be one processor of type \(processor.Type)"))
      }
      found += Self.faults(of: processor, at: here.appending("Parameters"))
    }
    if seen.contains("CloudWatchLogProcessing"), !seen.contains("Decompression") {
      found.append(
        .init(path: base, message: "CloudWatchLogProcessing needs a Decompression processor"))
    }
    return found
  }

  private static func faults(of processor: Processor, at path: PropertyPath)
    -> [ConfigurationFault]
  {
    var found: [ConfigurationFault] = []
    func needs(_ name: String) {
      guard processor[name] == nil else { return }
      found.append(.init(path: path, message: "A \(processor.Type) processor needs \(name)"))
    }
    switch processor.Type {
    case "Lambda": needs("LambdaArn")
    case "RecordDeAggregation":
      needs("SubRecordType")
      if processor["SubRecordType"] == "DELIMITED" {
        needs("Delimiter")
      } else if processor["Delimiter"] != nil {
        found.append(.init(path: path, message: "Delimiter belongs to SubRecordType DELIMITED"))
      }
    case "MetadataExtraction":
      needs("MetadataExtractionQuery")
      needs("JsonParsingEngine")
    case "Decompression": needs("CompressionFormat")
    case "CloudWatchLogProcessing": needs("DataMessageExtraction")
    default: break
    }
    for (index, parameter) in (processor.Parameters ?? []).enumerated() {
      if let fault = fault(of: parameter, processor.Type, at: path.appending(index)) {
        found.append(fault)
      }
    }
    return found
  }

  private static func fault(of parameter: Parameter, _ type: String, at path: PropertyPath)
    -> ConfigurationFault?
  {
    let (name, value) = (parameter.ParameterName, parameter.ParameterValue)
    guard parameters[type]?.contains(name) == true else {
      return ConfigurationFault(
        path: path.appending("ParameterName"),
        message: "the parameter \(name) of a \(type) processor", isUnsupported: true)
    }
    let place = path.appending("ParameterValue")
    if name == "MetadataExtractionQuery" { return queryFault(value, at: place) }
    let isValid =
      switch name {
      case "LambdaArn": !value.isEmpty
      case "RoleArn": ARN(parsing: value)?.service == "iam"
      case "NumberOfRetries": Int(value).map { (0...300).contains($0) } ?? false
      case "BufferSizeInMBs": Double(value).map { (0.2...3).contains($0) } ?? false
      case "BufferIntervalInSeconds": Int(value).map { (0...900).contains($0) } ?? false
      case "SubRecordType": value == "JSON" || value == "DELIMITED"
      case "Delimiter" where type == "RecordDeAggregation":
        Base64.decode(value).map { !$0.isEmpty } ?? false
      case "JsonParsingEngine": value == "JQ-1.6"
      case "CompressionFormat": value == "GZIP"
      case "DataMessageExtraction": value == "true" || value == "false"
      default: true
      }
    return isValid
      ? nil : ConfigurationFault(path: place, message: "\(value) is not a valid \(name)")
  }

  private static func queryFault(_ query: String, at path: PropertyPath) -> ConfigurationFault? {
    if let part = QueryTokens(query).refused {
      return ConfigurationFault(
        path: path, message: "\(part) in a MetadataExtractionQuery", isUnsupported: true)
    }
    do throws(JQProgram.Failure) {
      _ = try JQProgram(query)
      return nil
    } catch {
      return ConfigurationFault(
        path: path, message: "MetadataExtractionQuery is no jq program: \(error)")
    }
  }

  /// The keys that the query gives, as far as they don't hang on the record; nil where they can't
  /// be told.
  static func keys(ofQuery query: String) -> [String]? {
    guard queryFault(query, at: PropertyPath()) == nil else { return nil }
    // A query that fails on an empty record says nothing about its keys.
    guard let program = try? JQProgram("(\(query)) | keys"),
      let result = try? program.run(Array("{}".utf8), resultsMax: 1).first,
      let keys = try? JSONReader.read(result).listValue
    else { return nil }
    return keys.compactMap(\.stringValue)
  }
}
