# claw_web(TARGET)
#
# Builds the dashboard from web/ and adds it to TARGET as a generated source, web_assets.cc. npm is asked once
# for what package-lock.json names; after that no build needs the network.

function(claw_web target)
  find_program(CLAW_NODE node)
  find_program(CLAW_NPM npm)
  if(NOT CLAW_NODE OR NOT CLAW_NPM)
    message(FATAL_ERROR "the dashboard is part of the gateway and is built with node and npm: "
      "install nodejs and npm (./dev setup does)")
  endif()
  set(web ${CMAKE_SOURCE_DIR}/web)
  set(installed ${web}/node_modules/.package-lock.json)
  set(generated ${CMAKE_BINARY_DIR}/web/web_assets.cc)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/*.ts ${web}/src/*.tsx ${web}/src/*.css)
  add_custom_command(OUTPUT ${installed}
    COMMAND ${CLAW_NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${installed}
    DEPENDS ${web}/package.json ${web}/package-lock.json
    WORKING_DIRECTORY ${web}
    COMMENT "Installing what the dashboard is built with"
    VERBATIM)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${CLAW_NODE} build.mjs --out ${CMAKE_BINARY_DIR}/web/dist --embed ${generated}
    DEPENDS ${installed} ${web}/build.mjs ${web}/index.html ${web}/tsconfig.json ${sources}
    WORKING_DIRECTORY ${web}
    COMMENT "Building the dashboard"
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
endfunction()
