# PowerShell completion for oakum; nothing that oakum answers is evaluated.
Register-ArgumentCompleter -Native -CommandName oakum -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.CommandElements[0].Extent.Text
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    # Windows PowerShell drops empty arguments, so an empty word is said by an option.
    $options = @()
    if ($wordToComplete -eq '') { $options += '--new-word' }
    & $program __complete @options '--' @words 2>$null | ForEach-Object {
        $value, $text = $_ -split "`t", 2
        if ($value -eq '' -or $value.StartsWith(':')) { return }
        if (-not $text) { $text = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $text)
    }
}
