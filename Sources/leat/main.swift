import Commands

await LeatCommand.main()
