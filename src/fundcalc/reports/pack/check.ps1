# Holds every file of this audit pack against SHA256SUMS, with what Windows has. 用 Windows 自带的工具核对审计包。
#   powershell -NoProfile -ExecutionPolicy Bypass -File check.ps1
$differs = 0
$count = 0
foreach ($line in Get-Content -LiteralPath (Join-Path $PSScriptRoot 'SHA256SUMS') -Encoding UTF8) {
    $digest, $name = $line -split '  ', 2
    $path = Join-Path $PSScriptRoot $name
    $count = $count + 1
    if (-not (Test-Path -LiteralPath $path -PathType Leaf)) {
        Write-Output "MISSING 缺少: $name"
        $differs = $differs + 1
    }
    elseif ((Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash.ToLower() -ne $digest) {
        Write-Output "DIFFERS 不一致: $name"
        $differs = $differs + 1
    }
}
$head = (Get-FileHash -LiteralPath (Join-Path $PSScriptRoot 'record.json') -Algorithm SHA256).Hash.ToLower()
Write-Output "files 文件: $count; differ 不一致: $differs"
Write-Output "head digest 存档校验码: sha256:$head"
if ($differs -gt 0 -or $count -eq 0) { exit 1 }
