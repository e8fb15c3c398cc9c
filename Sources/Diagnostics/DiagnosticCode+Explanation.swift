extension DiagnosticCode {
  /// The meaning of the code, and advice: a short paragraph, one line.
  public var explanation: String {
    Self.syntaxExplanations[self] ?? Self.nameExplanations[self] ?? Self.propertyExplanations[self]
      ?? Self.deploymentExplanations[self] ?? ""
  }

  private static let syntaxExplanations: [DiagnosticCode: String] = [
    .syntax:
      "The text is neither YAML nor JSON. Look at the line and the one above it: most often the indentation is off, a quote or bracket is not closed, a tab stands where spaces should, or text with `: ` in it needs quotes.",
    .duplicateKey:
      "An object has the same key twice, so one of the two values would be lost without a word. Remove or rename one of them.",
    .tooDeep:
      "Lists and objects are nested deeper than any template needs. Check whether something includes itself, and flatten what remains.",
    .tooLarge:
      "The template is larger than CloudFormation takes. As a warning it tells that the template deploys with Leat but not on AWS; as an error it tells that Leat refuses it too. Split the template into several stacks.",
    .unknownTag:
      "A YAML tag (`!Something`) is not one of CloudFormation's functions. Correct its spelling, or remove it.",
    .wrongShape:
      "A value has another shape than its place wants: a list for an object, an object for text, or nothing at all. The message says what is wanted.",
    .unknownSection:
      "A key at the top of the template is not one of its sections. Correct its spelling; resources belong under `Resources`.",
    .missingSection:
      "A template needs a `Resources` section with at least one resource. Add it.",
    .unknownAttribute:
      "A resource, parameter, output or rule has a key that means nothing there. Correct its spelling; a resource's own settings belong under `Properties`. On SAM's resources it is a warning: the transform drops such keys, and the stack deploys without them.",
    .unknownAnchor:
      "An alias (`*name`) stands before its anchor (`&name`), or the anchor does not exist. Define the anchor further up.",
  ]

  private static let nameExplanations: [DiagnosticCode: String] = [
    .unknownReference:
      "`Ref`, `Fn::Sub`, `Fn::GetAtt` or `DependsOn` names something that the template does not define. Correct the name, or define the parameter or resource.",
    .unknownReturnValue:
      "The resource exists but has no attribute of this name. Choose one of the attributes in the message; `Ref` gives a resource's main identifier.",
    .malformedIntrinsic:
      "A function is written with the wrong arguments, or stands where it can't. The message shows its form.",
    .unsupportedIntrinsic:
      "The function or section exists in CloudFormation, and Leat does not carry it out yet. It fails rather than being ignored; write the value out, or pass it as a parameter.",
    .unknownMapping:
      "`Fn::FindInMap` names a mapping, or a key in one, that does not exist. Correct the name, or give a `DefaultValue` as fourth argument.",
    .unknownCondition:
      "A condition is named that `Conditions` does not define. Correct the name, or define it.",
    .dependencyCycle:
      "Resources (or conditions) depend on each other in a circle, so that none can come first. Take one of the references away; often a policy that names both sides can become a resource of its own.",
    .missingParameter:
      "A parameter has neither a value nor a default. Give it a value at deployment, or a `Default` in the template. `leat validate` goes on without: it takes the first of the allowed values, or leaves what depends on the parameter unchecked.",
    .invalidParameter:
      "A parameter's value breaks one of its constraints (type, allowed values, pattern, length, bounds), or a rule over parameters does not hold. The message names the constraint.",
    .unknownParameter:
      "A value was given for a parameter that the template does not have. Correct the name, or leave the value out.",
    .prunedReference:
      "Something refers to a resource that is not created, because its condition is false. Guard the reference with `Fn::If` and the same condition.",
    .wrongIntrinsicValue:
      "A function got a value that it can't work with: a list where text is needed, an index outside of a list, a number that is none. The message says which.",
    .unsupportedTransform:
      "The template asks for a transform (a macro) that Leat can't carry out. Deploy the transformed template instead, for example the output of a SAM build.",
    .invalidName:
      "Names of resources, parameters, conditions, mappings and outputs are made of letters and digits alone, 255 at most. Rename it, and what refers to it.",
    .malformedServerless:
      "A SAM resource, event or part of `Globals` is not as the transform `AWS::Serverless-2016-10-31` wants it, so that it can't become plain CloudFormation. The message says what is missing or contradictory.",
    .unsupportedServerless:
      "SAM has this feature, and Leat's transform does not carry it out; the page on what is emulated names the few that are left. Nothing is skipped in silence: leave it out for local deployments, or write the plain CloudFormation resources.",
    .missingTransform:
      "Something is used that CloudFormation knows only in templates with a transform: functions of `AWS::LanguageExtensions`, or resource types of `AWS::Serverless-2016-10-31`. Name the transform under `Transform` at the top.",
    .unresolvedValue:
      "A dynamic reference (`{{resolve:…}}`), or a parameter whose value lies in the parameter store, names something that is not there, or that can't be read in its place. Make it first (`aws ssm put-parameter`, `aws secretsmanager create-secret`), or make it in the same template and let what reads it depend on it.",
    .unknownExport:
      "`Fn::ImportValue` names a value that no deployed stack of this account and region exports. Deploy the exporting stack first, or correct the name.",
    .unusedDefinition:
      "Nothing reads this definition. It does no harm, but a forgotten reference may hide behind it.",
    .plainPlaceholder:
      "Plain text holds `${Name}`, and the template has that name. CloudFormation puts the text in as it stands; only `Fn::Sub` replaces names. Write `!Sub` before it, or `${!Name}` inside of `Fn::Sub` where the characters are meant.",
  ]

  private static let propertyExplanations: [DiagnosticCode: String] = [
    .unknownType:
      "The type is not one that CloudFormation knows. Correct its spelling; types look like `AWS::Kinesis::Stream`.",
    .unsupportedType:
      "The type exists on AWS, and Leat does not provision it yet. Nothing is skipped in silence: remove the resource, give it a condition that is false for local deployments, or leave it out with `--allow-unsupported`.",
    .unknownProperty:
      "The type has no such property. Correct its spelling, or move it: a property may belong one level higher or lower.",
    .unsupportedProperty:
      "The property exists on AWS, and Leat does not implement it yet. Nothing is ignored in silence: remove it, choose its value with a condition, or leave it out with `--allow-unsupported`.",
    .missingProperty:
      "The type needs a property that is not there. Add it. `AWS::NoValue` counts as absent.",
    .wrongPropertyType:
      "A property has a value of another kind than its type wants. Numbers and booleans may be written as text, but a list is never an object and an object never text.",
    .invalidPropertyValue:
      "A property's value lies outside of what the type allows: not in its list of values, too long or short, out of bounds, or not matching its pattern.",
    .readOnlyProperty:
      "The property is one that AWS computes. It can be read with `Fn::GetAtt`, never set; remove it.",
    .unsupportedValue:
      "The value is valid on AWS, and Leat does not implement what it asks for. Choose another value for local deployments.",
    .substituted:
      "Leat does what is asked in another way than AWS, as the message says. It is a warning: the stack deploys.",
  ]

  private static let deploymentExplanations: [DiagnosticCode: String] = [
    .typeChanged:
      "A logical id that is deployed already got another type, which CloudFormation refuses. Give the new resource a logical id of its own.",
    .customNameReplacement:
      "The change needs a replacement, and the resource has a fixed name, so old and new would have the same. Rename it together with the change, or leave the name out.",
    .bucketNotEmpty:
      "A bucket with objects can't be deleted. Empty it first, or ask for emptying explicitly; the plan names what would be lost.",
    .unknownStack: "No stack of this name is deployed in this account and region.",
    .stackNotUpdatable:
      "The stack is in a state that admits no update, for example ROLLBACK_COMPLETE. Delete it and deploy anew.",
    .duplicatePhysicalName:
      "Two resources would have the same name, or the name is taken by something outside of the stack. Change one, or leave the name out and let it be generated.",
    .missingCapability:
      "The template makes roles or policies, which must be acknowledged. Pass the capability that the message names.",
    .duplicateExport:
      "Two outputs would export a value under the same name, in one stack or in two. Names of exports are unique in an account and region: rename one.",
    .importDiffers:
      "A resource is imported that is not as the template says. An import changes nothing: the stack records what is there, the next plan shows the differences, and the next deployment makes the resource what the template says.",
    .deliveryFailed:
      "Records that wait in a buffer were to be delivered first, and their destination has not taken them. They wait on, and nothing of the stack was changed. Mend the destination, or leave `--flush` out and lose them.",
    .renamed:
      "A resource leaves the template and one like it joins under another logical ID. Deployed so, the old one is removed with all that it holds, and a new one is made. If it is the same resource under a new ID, `--move Old=New` keeps it as it is.",
    .exportInUse:
      "The export can't be deleted or changed, because other stacks import its value. Take `Fn::ImportValue` out of them first, or keep the export as it is.",
    .deniedByStackPolicy:
      "The stack's policy does not allow the change: a statement denies it, or none allows it. Change the policy (`aws cloudformation set-stack-policy`), or give another one for this update alone (`--stack-policy-during-update-body` of `aws cloudformation update-stack`).",
    .unreadableFile: "The file can't be read. Check its path and permissions.",
    .dataDirectoryBusy:
      "Another process holds the data directory and can't be reached. Stop it, or choose another directory.",
    .unknownTemplate: "No template was found under this name. Give the path of a template file.",
    .invalidArgument: "An argument of the command is not valid. The message says which and why.",
    .newerDataDirectory:
      "A later Leat has kept things in the data directory in a form that this one doesn't know. The directory is left as it was: use the Leat that wrote it, or a later one; or choose another directory with `--data`. A Leat reads everything that earlier ones have kept.",
    .addressUnusable:
      "The server can't listen on this address: the port is taken, needs more rights, or the host is not one of this machine's. Choose another with --port and --host.",
    .missingProgram:
      "Functions run on the machine's own Node.js and Python. Where the program is missing the function deploys, and fails when it is called. Install it, and see what is there with `leat doctor`.",
    .isolationUnavailable:
      "`--isolate` runs functions behind walls that bubblewrap (`bwrap`) puts up with the namespaces of Linux. Without it, or where it may make no namespaces, nothing is started. Install the package `bubblewrap`, allow user namespaces, or leave `--isolate` out; `leat doctor` shows what this machine has.",
    .diskFull:
      "The disk that holds the data directory is full: no space, no inodes, or a quota used up. Nothing that was acknowledged is lost, and the next write goes through when there is room. Free some space, or move the data directory.",
    .diskReadOnly:
      "The data directory lies on a disk that is mounted for reading only. Mount it for writing, or choose another directory with --data.",
    .tooManyOpenFiles:
      "This process or the machine has as many files open as it may. Raise the limit with `ulimit -n` before starting; it passes when fewer requests run at once.",
    .dataDirectoryGone:
      "The data directory, or a folder in it, was moved or removed while leat ran. Put it back, or start again: it must stay where it is.",
    .storageDenied:
      "The user who runs leat may not read or write in the data directory. Change its owner or its mode, or choose another one with --data.",
    .diskBroken:
      "The disk reported an error while the data directory was read or written. Look at the system's log, and save the directory to another disk.",
  ]
}
