"""Trained models as files that play without this package."""
