; The installer for Windows: for one user, without an administrator. Compiled by
;   makensis -DVERSION=0.1.0 -DPAYLOAD=build\frozen\photofinder -DICON=build\icons\photofinder.ico -DOUT=build\dist\photofinder-setup.exe photofinder.nsi
; Options of the finished installer: /S (silent), /D=FOLDER (last, unquoted), /ASSOCIATE=1 ("Open with" for photos).
; The uninstaller takes /S, and leaves the library alone: it is the user's.

Unicode true
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include x64.nsh

!define NAME "PhotoFinder"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define PROG_ID "PhotoFinder.Photo"

Name "${NAME}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "Software\${NAME}" "InstallDir"
BrandingText " "
ShowInstDetails nevershow

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "FileDescription" "${NAME} installer"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

; Signing: -DSIGN="signtool sign ... " signs the uninstaller and the installer while they are made.
!ifdef SIGN
  !finalize '${SIGN} "%1"'
  !uninstfinalize '${SIGN} "%1"'
!endif

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\photofinder-gui.exe"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

!macro StopIfRunning un
Function ${un}StopIfRunning
  ; A program that runs cannot be overwritten. Asking for its file tells, without any plug-in.
  ${If} ${FileExists} "$INSTDIR\photofinder-gui.exe"
    again:
    ClearErrors
    FileOpen $0 "$INSTDIR\photofinder-gui.exe" a
    ${If} ${Errors}
      MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "PhotoFinder is open. Please close its window first." /SD IDCANCEL IDRETRY again
      SetErrorLevel 2
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
FunctionEnd
!macroend
!insertmacro StopIfRunning ""
!insertmacro StopIfRunning "un."

Section "PhotoFinder" Program
  SectionIn RO
  Call StopIfRunning
  ; Only what an earlier installer put there: never a folder that the user chose as a whole.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${PAYLOAD}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\photofinder-gui.exe"
  WriteRegStr HKCU "Software\${NAME}" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\photofinder-gui.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The PhotoFinder developers"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" "$0"
SectionEnd

Section /o "$\"Open with$\" for photos" Associate
  ; Offered beside other programs, never made the one that opens photos.
  WriteRegStr HKCU "Software\Classes\${PROG_ID}" "" "Photo"
  WriteRegStr HKCU "Software\Classes\${PROG_ID}\shell\open\command" "" '"$INSTDIR\photofinder-gui.exe" "%1"'
  !macro Offer extension
    WriteRegStr HKCU "Software\Classes\${extension}\OpenWithProgids" "${PROG_ID}" ""
  !macroend
  !insertmacro Offer ".jpg"
  !insertmacro Offer ".jpeg"
  !insertmacro Offer ".heic"
  !insertmacro Offer ".heif"
  !insertmacro Offer ".avif"
  !insertmacro Offer ".webp"
  !insertmacro Offer ".png"
  !insertmacro Offer ".tif"
  !insertmacro Offer ".tiff"
  !insertmacro Offer ".dng"
  !insertmacro Offer ".cr2"
  !insertmacro Offer ".cr3"
  !insertmacro Offer ".nef"
  !insertmacro Offer ".arw"
  !insertmacro Offer ".raf"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

Function .onInit
  ${IfNot} ${RunningX64}
    MessageBox MB_OK|MB_ICONSTOP "PhotoFinder needs a 64-bit Windows 10 or newer." /SD IDOK
    SetErrorLevel 3
    Quit
  ${EndIf}
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/ASSOCIATE=" $1
  ${IfNot} ${Errors}
  ${AndIf} $1 == "1"
    SectionGetFlags ${Associate} $2
    IntOp $2 $2 | ${SF_SELECTED}
    SectionSetFlags ${Associate} $2
  ${EndIf}
FunctionEnd

Section "Uninstall"
  Call un.StopIfRunning
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\photofinder.exe"
  Delete "$INSTDIR\photofinder-gui.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  !macro Withdraw extension
    DeleteRegValue HKCU "Software\Classes\${extension}\OpenWithProgids" "${PROG_ID}"
  !macroend
  !insertmacro Withdraw ".jpg"
  !insertmacro Withdraw ".jpeg"
  !insertmacro Withdraw ".heic"
  !insertmacro Withdraw ".heif"
  !insertmacro Withdraw ".avif"
  !insertmacro Withdraw ".webp"
  !insertmacro Withdraw ".png"
  !insertmacro Withdraw ".tif"
  !insertmacro Withdraw ".tiff"
  !insertmacro Withdraw ".dng"
  !insertmacro Withdraw ".cr2"
  !insertmacro Withdraw ".cr3"
  !insertmacro Withdraw ".nef"
  !insertmacro Withdraw ".arw"
  !insertmacro Withdraw ".raf"
  DeleteRegKey HKCU "Software\Classes\${PROG_ID}"
  DeleteRegKey HKCU "Software\${NAME}"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
SectionEnd
