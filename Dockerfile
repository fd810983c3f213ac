# Builds a small image that runs as nobody. Data belongs in a volume at /data.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src ./src
RUN dotnet publish src/Receiver -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true \
    -p:NuGetLockFilePath=obj/publish.lock.json -o /out

FROM mcr.microsoft.com/dotnet/runtime-deps:10.0
COPY --from=build /out /opt/receiver
USER 65534:65534
WORKDIR /data
VOLUME /data
EXPOSE 10901 10902 19291 19391
ENTRYPOINT ["/opt/receiver/receiver"]
CMD ["receive", "--help"]
