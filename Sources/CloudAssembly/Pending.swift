enum CloudAssemblyPending {}
