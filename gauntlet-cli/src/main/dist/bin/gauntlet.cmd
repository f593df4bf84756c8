@echo off
rem Starts Gauntlet on Windows with the Java in JAVA_HOME or on the path; GAUNTLET_JAVA_OPTIONS adds options for the virtual machine.
setlocal
set "home=%~dp0.."
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
"%java%" -version >nul 2>&1
if errorlevel 1 (
    echo gauntlet: No Java found; install a JDK, 17 or newer, or set JAVA_HOME. 1>&2
    exit /b 4
)
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=passive"
if not defined TORCH_CPP_LOG_LEVEL set "TORCH_CPP_LOG_LEVEL=ERROR"
"%java%" -Xmx1g -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED ^
    -Dorg.bytedeco.javacpp.nopointergc=true -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 ^
    -Dorg.bytedeco.javacpp.platform.extension=-cpu ^
    %GAUNTLET_JAVA_OPTIONS% -cp "%home%\lib\*" dev.gauntlet.cli.Gauntlet %*
exit /b %ERRORLEVEL%
