@echo off
rem A window in which "fundcalc" is a command.
"%~dp0fundcalc.cmd" terminal
