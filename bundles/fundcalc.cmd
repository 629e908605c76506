@echo off
rem Opens the desk; "fundcalc.cmd terminal" opens a window for commands.
setlocal
rem The folder stays what it was, so that files are those that the caller means; cmd has none in \\server\share.
set "TEST=import sys; sys.exit('%%d.%%d' %% sys.version_info[:2] != '@PYTHON@')"
set "PY="
if exist "%~dp0python\python.exe" set PY="%~dp0python\python.exe"
if defined PY goto run
py -@PYTHON@ -c "%TEST%" >nul 2>nul
if not errorlevel 1 set "PY=py -@PYTHON@"
if defined PY goto run
python -c "%TEST%" >nul 2>nul
if not errorlevel 1 set "PY=python"
if defined PY goto run
echo 没有找到 Python @PYTHON@。请安装 64 位的 Python @PYTHON@（安装时勾选 Add python.exe to PATH），再双击一次。
echo Python @PYTHON@ (64-bit) was not found; install it and start again.
pause
exit /b 2
:run
%PY% "%~dp0start.py" %*
set "CODE=%ERRORLEVEL%"
if not "%CODE%"=="0" pause
exit /b %CODE%
