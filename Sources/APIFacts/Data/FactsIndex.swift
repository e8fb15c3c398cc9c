// Written by scripts/api_facts.py; do not edit.
// swift-format-ignore-file

/// Taken from botocore 1.44.8.
let describedServices = ["cloudformation", "firehose", "glue", "iam", "kinesis", "lambda", "logs", "s3", "secretsmanager", "ssm", "sts"]

func serviceText(of name: String) -> ServiceText? {
  switch name {
  case "cloudformation": cloudformationFacts
  case "firehose": firehoseFacts
  case "glue": glueFacts
  case "iam": iamFacts
  case "kinesis": kinesisFacts
  case "lambda": lambdaFacts
  case "logs": logsFacts
  case "s3": s3Facts
  case "secretsmanager": secretsmanagerFacts
  case "ssm": ssmFacts
  case "sts": stsFacts
  default: nil
  }
}
