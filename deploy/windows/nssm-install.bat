@echo off
rem The same service with NSSM instead of WinSW. Run as administrator, with nssm.exe on the PATH,
rem after "py start.py check" in C:\Deskwatch has made .venv.
setlocal
set CODE=C:\Deskwatch
set DESK=C:\ProgramData\Deskwatch
if not exist "%DESK%\state" mkdir "%DESK%\state" || exit /b 1
nssm install Deskwatch "%CODE%\.venv\Scripts\python.exe" -m deskwatch --home "%DESK%" || exit /b 1
nssm set Deskwatch AppDirectory "%CODE%"
nssm set Deskwatch AppEnvironmentExtra PYTHONUTF8=1
nssm set Deskwatch ObjectName "NT AUTHORITY\LocalService"
nssm set Deskwatch Start SERVICE_DELAYED_AUTO_START
nssm set Deskwatch AppStdout "%DESK%\state\service.log"
nssm set Deskwatch AppStderr "%DESK%\state\service.log"
nssm set Deskwatch AppRotateFiles 1
nssm set Deskwatch AppRotateBytes 5242880
nssm set Deskwatch AppStopMethodConsole 15000
nssm set Deskwatch AppRestartDelay 5000
nssm start Deskwatch
